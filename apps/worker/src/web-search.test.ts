import { once } from 'node:events';
import { createServer } from 'node:http';
import { createTools } from '@flotilla/agent';
import { createToolContext } from '@flotilla/agent/testing/tool-context';
import { describe, expect, it } from 'vitest';
import type { Config } from './config.ts';
import { createSearch } from './web-search.ts';

const none: Config['search'] = { braveApiKey: undefined, tavilyApiKey: undefined, searxngUrl: undefined };
const guarded = { fetch: () => Promise.reject(new Error('the guard was asked')) };
const context = createToolContext();

async function searchAt(config: Config['search']): Promise<string> {
  const search = createSearch(config, guarded);
  const unused = () => Promise.reject(new Error('not part of this test'));
  const tools = createTools({
    fetch: unused,
    isModelAllowed: () => true,
    workspace: { list: unused, read: unused, change: unused },
    plan: { read: unused, write: unused },
    memory: { read: unused, write: unused },
    outputs: { read: unused },
    search,
  });
  const tool = tools.get('web_search');
  return tool && 'run' in tool ? tool.run({ query: 'boats' }, context) : 'no tool';
}

describe('where the web is searched', () => {
  it('is the first engine that is configured, a stranger’s through the guard', async () => {
    expect(createSearch(none, guarded)).toBeNull();
    const both = createSearch({ ...none, braveApiKey: 'a', tavilyApiKey: 'b' }, guarded);
    expect([both?.engine.name, both?.fetch]).toEqual(['Brave', guarded.fetch]);
    const tavily = createSearch({ ...none, tavilyApiKey: 'b' }, guarded);
    expect([tavily?.engine.name, tavily?.fetch]).toEqual(['Tavily', guarded.fetch]);
  });

  it('may be a SearXNG inside, which is believed no redirect', async () => {
    const server = createServer((request, response) => {
      const results = [{ title: 'Boats', url: 'https://boats.example/', content: request.url }];
      const isAway = request.url?.startsWith('/away/') ?? false;
      response.writeHead(isAway ? 302 : 200, isAway ? { location: '/search?q=boats&format=json' } : {});
      response.end(JSON.stringify({ results }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    try {
      expect(await searchAt({ ...none, searxngUrl: base })).toBe(
        '1. Boats\nhttps://boats.example/\n/search?q=boats&format=json',
      );
      await expect(searchAt({ ...none, searxngUrl: `${base}/away` })).rejects.toThrow('SearXNG could not search (302)');
    } finally {
      server.close();
    }
  });

  it('is told to be nowhere where nothing is configured', async () => {
    await expect(searchAt(none)).rejects.toThrow('No search engine is configured');
  });
});
