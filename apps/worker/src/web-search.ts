import type { SearchFetch, WebSearch } from '@flotilla/agent';
import { createBrave, createSearxng, createTavily } from '@flotilla/agent';
import type { Outbound } from '@flotilla/platform';
import type { Config } from './config.ts';

/** Where the deployment searches the web; `null`: nowhere. */
export function createSearch(
  { braveApiKey, tavilyApiKey, searxngUrl }: Config['search'],
  web: Pick<Outbound, 'fetch'>,
): WebSearch | null {
  if (braveApiKey !== undefined) return { engine: createBrave({ apiKey: braveApiKey }), fetch: web.fetch };
  if (tavilyApiKey !== undefined) return { engine: createTavily({ apiKey: tavilyApiKey }), fetch: web.fetch };
  if (searxngUrl !== undefined) return { engine: createSearxng({ baseUrl: searxngUrl }), fetch: fetchOwn };
  return null;
}

/**
 * Reaches a server that the operator has named, which may well be inside: the guard is for addresses that users and
 * models name. No redirect is followed, so that it stays that server.
 */
const fetchOwn: SearchFetch = async (url, { maxBytes, ...request }) => {
  const response = await fetch(url, { ...request, redirect: 'manual' });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stream: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
  for await (const chunk of stream) {
    if (bytes + chunk.length > maxBytes) break;
    chunks.push(chunk);
    bytes += chunk.length;
  }
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: Buffer.concat(chunks), truncated: false, url };
};
