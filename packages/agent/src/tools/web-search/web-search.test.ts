import { expect, test } from 'vitest';
import { createToolContext } from '../../testing/tool-context.ts';
import type { SearchEngine } from './engine.ts';
import { createBrave, createSearxng, createTavily } from './engines.ts';
import { createWebSearch, type SearchFetch } from './web-search.ts';

const KEY = 'key-that-nobody-sees';
const context = createToolContext();

/** A search whose engine answers like this; and what it was asked. */
async function search(
  engine: SearchEngine,
  answer: { status?: number; body: unknown },
  input = { query: 'a & b', count: 2 },
) {
  const asked: Parameters<SearchFetch>[] = [];
  const tool = createWebSearch({
    search: {
      engine,
      fetch: (...call) => {
        asked.push(call);
        const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
        const headers = { 'content-type': 'application/json' };
        return Promise.resolve({
          status: answer.status ?? 200,
          headers,
          body: Buffer.from(text),
          truncated: false,
          url: '',
        });
      },
    },
  });
  return { text: await tool.run(input, context), asked };
}

const found = [
  { title: 'One', url: 'https://one.example/', description: 'The <strong>first</strong>', content: 'The first' },
  { title: 'Bad', url: 'javascript:alert(1)', description: '', content: '' },
  { title: 'Two', url: 'https://two.example/', description: '', content: '' },
  { title: 'Three', url: 'https://three.example/', description: '', content: '' },
];
const shown = '1. One\nhttps://one.example/\nThe first\n\n2. Two\nhttps://two.example/';

test('Brave is asked as its API wants it', async () => {
  const { text, asked } = await search(createBrave({ apiKey: KEY }), { body: { web: { results: found } } });
  expect(text).toBe(shown);
  expect(asked).toMatchObject([
    [
      'https://api.search.brave.com/res/v1/web/search?q=a+%26+b&count=2',
      { method: 'GET', headers: { 'x-subscription-token': KEY } },
    ],
  ]);
});

test('Tavily is asked as its API wants it', async () => {
  const { text, asked } = await search(createTavily({ apiKey: KEY }), { body: { results: found } });
  expect(text).toBe(shown);
  expect(asked).toMatchObject([
    [
      'https://api.tavily.com/search',
      { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body: '{"query":"a & b","max_results":2}' },
    ],
  ]);
});

test('SearXNG is asked as its API wants it', async () => {
  const { text, asked } = await search(createSearxng({ baseUrl: 'http://searxng:8080/' }), {
    body: { results: found },
  });
  expect(text).toBe(shown);
  expect(asked).toMatchObject([['http://searxng:8080/search?q=a+%26+b&format=json', { method: 'GET' }]]);
});

test.each([
  [401, 'does not accept the key'],
  [429, 'takes no more searches'],
  [500, 'could not search (500)'],
])(
  'an engine that answers %i is told apart, and its words, which may hold the key, are not shown',
  async (status, message) => {
    const failed = search(createBrave({ apiKey: KEY }), { status, body: `you sent ${KEY}` });
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.not.toThrow(KEY);
  },
);

test.each(['not json', '[]', '{}', '{"web":null}', '{"web":{"results":[null,1,{"url":5}]}}'])(
  'an answer that is none, %s, finds nothing or says so',
  async (body) => {
    const outcome = await search(createBrave({ apiKey: KEY }), { body }).then(
      ({ text }) => text,
      (error: unknown) => String(error),
    );
    expect(outcome).toMatch(/Nothing was found|did not answer with JSON/);
  },
);

test('without an engine the tool says what is missing', async () => {
  const tool = createWebSearch({ search: null });
  await expect(tool.run({ query: 'x' }, context)).rejects.toThrow('No search engine is configured here (BRAVE_API_KEY');
  expect(tool.check({ query: 'x'.repeat(401) })).toMatch(/Too big/);
});
