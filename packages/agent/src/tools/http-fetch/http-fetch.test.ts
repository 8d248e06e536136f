import { expect, test } from 'vitest';
import { createToolContext } from '../../testing/tool-context.ts';
import { createHttpFetch, type FetchedResponse } from './http-fetch.ts';

const context = createToolContext();
const url = 'https://example.com/page';

type Page = Partial<FetchedResponse> & { type?: string; text?: string; method?: 'GET' | 'HEAD' };

function fetched({ type = '', text = '', method = 'GET', ...changes }: Page): Promise<string> {
  const headers: Record<string, string> = type ? { 'content-type': type } : {};
  const response = { status: 200, headers, body: Buffer.from(text), truncated: false, url, ...changes };
  return createHttpFetch({ fetch: async () => response }).run({ url, method }, context);
}

test('returns status, address and text', async () => {
  const text = await fetched({
    type: 'application/json',
    text: '{"error":"none"}',
    status: 404,
    url: 'https://example.com/there',
  });
  expect(text).toBe('HTTP 404\nurl: https://example.com/there\ncontent-type: application/json\n\n{"error":"none"}');
});

test('returns HTML as readable text, in its own character set', async () => {
  const body = Buffer.from('<h1>Gr\u00fc\u00dfe</h1><script>x</script><p>da</p>', 'latin1');
  expect(await fetched({ type: 'text/html; charset=ISO-8859-1', body })).toMatch(/\n\n# Grüße\n\nda$/);
  expect(await fetched({ text: '<!doctype html><p>no type</p>' })).toMatch(/\n\nno type$/);
});

test.each([
  ['in its head', 'text/html', Buffer.from('<meta charset="iso-8859-1"><p>Gr\u00fc\u00dfe', 'latin1')],
  [
    'in its head, the old way',
    '',
    Buffer.from(
      '<!doctype html><meta http-equiv=content-type content="text/html; charset=windows-1252"><p>Gr\u00fc\u00dfe',
      'latin1',
    ),
  ],
  ['by its first bytes', 'text/html; charset=iso-8859-1', Buffer.from('\ufeff<p>Gr\u00fc\u00dfe')],
  ['by its first bytes, two a letter', 'text/html', Buffer.from('\ufeff<p>Gr\u00fc\u00dfe', 'utf16le')],
])('reads a page that says its character set %s', async (_, type, body) => {
  expect(await fetched({ type, body })).toMatch(/\n\nGr\u00fc\u00dfe$/);
});

test('says when only the beginning of a response was read', async () => {
  expect(await fetched({ type: 'text/plain', text: 'abc', truncated: true })).toMatch(
    /abc\n\[the response was longer; only its beginning/,
  );
});

test('HEAD returns the headers only', async () => {
  const headers = { 'content-type': 'image/png', 'content-length': '5' };
  expect(await fetched({ headers, method: 'HEAD' })).toBe(
    `HTTP 200\nurl: ${url}\ncontent-type: image/png\ncontent-length: 5`,
  );
});

test.each([
  ['by its type', 'image/png', 'anything'],
  ['by its content', 'text/plain', 'a\0b'],
  ['by its content, where no type is given', '', '\x7fELF\0'],
])('refuses binary content, known %s', async (_name, type, text) => {
  await expect(fetched({ type, text })).rejects.toThrow(/is binary .*; only text can be read/);
});

test('asks the guard for a bounded body, and hands its refusal on to the model', async () => {
  const seen: object[] = [];
  const tool = createHttpFetch({
    fetch: async (_url, request) => {
      seen.push(request);
      throw new Error('the address is private');
    },
  });
  await expect(tool.run({ url }, context)).rejects.toThrow('the address is private');
  expect(seen).toMatchObject([{ method: 'GET', maxBytes: 1_048_576, redirects: 3, signal: context.signal }]);
});

test('follows redirects only where its mission may go, and else says where it was sent, whole', async () => {
  const mayGoTo = (address: string) => address === 'https://example.com/known';
  const followed: boolean[] = [];
  const tool = createHttpFetch({
    async fetch(_url, { mayFollow }) {
      followed.push(mayFollow('https://example.com/known'), mayFollow('https://example.com/made-up'));
      const headers = { location: '../made-up#top' };
      return { status: 302, headers, body: Buffer.from(''), truncated: false, url };
    },
  });
  const text = await tool.run({ url }, createToolContext({ mayGoTo }));
  expect(followed).toEqual([true, false]);
  expect(text).toMatch(/^HTTP 302\nurl: .*\nlocation: https:\/\/example\.com\/made-up#top\nredirect: not followed/);
});

test.each(['ftp://example.com/', 'file:///etc/passwd', 'javascript:alert(1)', 'not a url'])(
  'refuses %s before any call',
  (bad) => {
    const tool = createHttpFetch({ fetch: () => Promise.reject(new Error('called')) });
    expect(tool.check({ url: bad })).toMatch(/must be an http or https URL/);
  },
);
