import { listAt, type SearchEngine } from './engine.ts';

/** Brave Search API, Web Search: https://api-dashboard.search.brave.com/docs */
export function createBrave({ apiKey, baseUrl = 'https://api.search.brave.com' }: KeyedOptions): SearchEngine {
  return {
    name: 'Brave',
    request: (query, count) => ({
      url: `${baseUrl}/res/v1/web/search?${new URLSearchParams({ q: query, count: String(count) }).toString()}`,
      method: 'GET',
      headers: { accept: 'application/json', 'x-subscription-token': apiKey },
    }),
    hits: (body) =>
      listAt(body, ['web', 'results']).map(({ title = '', url = '', description = '' }) => ({
        title,
        url,
        text: description,
      })),
  };
}

/** Tavily Search: https://docs.tavily.com/api-reference */
export function createTavily({ apiKey, baseUrl = 'https://api.tavily.com' }: KeyedOptions): SearchEngine {
  return {
    name: 'Tavily',
    request: (query, count) => ({
      url: `${baseUrl}/search`,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query, max_results: count }),
    }),
    hits: (body) =>
      listAt(body, ['results']).map(({ title = '', url = '', content = '' }) => ({ title, url, text: content })),
  };
}

/** A SearXNG instance that has `json` among its `search.formats`: https://docs.searxng.org/dev/search_api.html */
export function createSearxng({ baseUrl }: { baseUrl: string }): SearchEngine {
  return {
    name: 'SearXNG',
    request: (query) => ({
      url: `${baseUrl.replace(/\/+$/, '')}/search?${new URLSearchParams({ q: query, format: 'json' }).toString()}`,
      method: 'GET',
      headers: { accept: 'application/json' },
    }),
    hits: (body) =>
      listAt(body, ['results']).map(({ title = '', url = '', content = '' }) => ({ title, url, text: content })),
  };
}

type KeyedOptions = { apiKey: string; baseUrl?: string };
