import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import type { FetchedResponse } from '../http-fetch/http-fetch.ts';
import type { SearchEngine, SearchHit, SearchRequest } from './engine.ts';

/** How the engine is reached. It has to be guarded where the engine is a stranger's; follows no redirect, which would carry the key along. */
export type SearchFetch = (
  url: string,
  request: Omit<SearchRequest, 'url'> & { signal: AbortSignal; maxBytes: number },
) => Promise<FetchedResponse>;

/** Where a deployment searches the web. */
export type WebSearch = { engine: SearchEngine; fetch: SearchFetch };

const MAX_BYTES = 1_048_576;
/** Longer queries are no questions; and what a page has talked a model into must not leave by them. */
const QUERY_MAX_CHARS = 400;
const TEXT_MAX_CHARS = 1_000;

/** Without `search` there is still the tool, which says what is missing. */
export function createWebSearch({ search }: { search: WebSearch | null }): RunnableTool {
  return defineTool({
    name: 'web_search',
    description: 'Searches the web and returns titles, addresses and a few lines of each page found.',
    input: z.strictObject({
      query: z.string().min(1).max(QUERY_MAX_CHARS),
      count: z.int().min(1).max(20).default(10),
    }),
    idempotent: true,
    async run({ query, count }, { signal }) {
      if (search === null) {
        throw new Error('No search engine is configured here (BRAVE_API_KEY, TAVILY_API_KEY or SEARXNG_URL).');
      }
      const { engine, fetch } = search;
      const { url, ...request } = engine.request(query, count);
      const response = await fetch(url, { ...request, signal, maxBytes: MAX_BYTES });
      const hits = engine.hits(bodyOf(engine, response)).filter((hit) => /^https?:\/\//.test(hit.url));
      if (hits.length === 0) return 'Nothing was found.';
      return hits
        .slice(0, count)
        .map((hit, index) => `${index + 1}. ${show(hit)}`)
        .join('\n\n');
    },
  });
}

/** An engine's own words on a failure are left out: some repeat the request, key included. */
function bodyOf({ name }: SearchEngine, { status, body }: FetchedResponse): unknown {
  if (status === 401 || status === 403) {
    throw new Error(`${name} does not accept the key that is configured (${status}).`);
  }
  if (status === 429) throw new Error(`${name} takes no more searches just now (429).`);
  if (status !== 200) throw new Error(`${name} could not search (${status}).`);
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new Error(`${name} did not answer with JSON.`);
  }
}

function show({ title, url, text }: SearchHit): string {
  const plain = text.replaceAll(/<[^>]{0,100}>/g, '').slice(0, TEXT_MAX_CHARS);
  return `${title}\n${url}\n${plain}`.trimEnd();
}
