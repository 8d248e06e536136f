import { z } from 'zod';
import { defineTool, type RunnableTool } from '../../tool.ts';
import { decodeText } from './decode-text.ts';
import { htmlToText } from './html-text.ts';

/** An answer as the guard hands it over: decoded, and read no further than it was allowed to. Header names in lower case. */
export type FetchedResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether the body was longer than `maxBytes`. */
  readonly truncated: boolean;
  /** Where the answer came from, after redirects. */
  readonly url: string;
};

/**
 * How the tool reaches the network. It is given whatever URL the model names, so what it is handed has to be guarded:
 * schemes, private addresses after DNS and on every redirect, time. What it throws is shown to the model.
 */
export type GuardedFetch = (
  url: string,
  request: {
    method: 'GET' | 'HEAD';
    headers: Record<string, string>;
    signal: AbortSignal;
    maxBytes: number;
    redirects: 3;
    /** A redirect to an address that this refuses is not followed, and is the answer. */
    mayFollow(url: string): boolean;
  },
) => Promise<FetchedResponse>;

const MAX_BYTES = 1_048_576;
const ACCEPT = 'text/html, application/json, text/*;q=0.9, */*;q=0.1';

export function createHttpFetch({ fetch }: { fetch: GuardedFetch }): RunnableTool {
  return defineTool({
    name: 'http_fetch',
    description:
      'Fetches a public web address and returns the status, the content type and the text; HTML comes as readable ' +
      'text. Binary content is refused.',
    input: z.strictObject({
      url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2_000),
      method: z.enum(['GET', 'HEAD']).default('GET'),
    }),
    idempotent: true,
    addressOf: ({ url }) => url,
    async run({ url, method }, { signal, mayGoTo }) {
      const response = await fetch(url, {
        method,
        headers: { accept: ACCEPT },
        signal,
        maxBytes: MAX_BYTES,
        redirects: 3,
        mayFollow: mayGoTo,
      });
      return describe(response, method === 'HEAD');
    },
  });
}

async function describe(
  { status, url, headers, body, truncated }: FetchedResponse,
  isHeadOnly: boolean,
): Promise<string> {
  const contentType = headers['content-type'] ?? '';
  const length = headers['content-length'];
  const heading = [
    `HTTP ${status}`,
    `url: ${url}`,
    ...redirectOf(status, url, headers['location']),
    `content-type: ${contentType || 'not given'}`,
  ];
  if (isHeadOnly) return [...heading, ...(length ? [`content-length: ${length}`] : [])].join('\n');

  const text = decodeText(body, contentType);
  const readable = isHtml(contentType, text) ? await htmlToText(text, url) : text;
  const note = truncated ? '\n[the response was longer; only its beginning was read]' : '';
  return `${heading.join('\n')}\n\n${readable}${note}`;
}

/** Whole, so that it stands in what was read and may be gone to by a call of its own, which then is in the journal. */
function redirectOf(status: number, url: string, location = ''): string[] {
  const target = status >= 300 && status < 400 ? URL.parse(location, url) : null;
  if (!target || location === '') return [];
  return [`location: ${target.href}`, 'redirect: not followed; fetch its location to go on'];
}

function isHtml(contentType: string, text: string): boolean {
  if (contentType) return /^\s*(?:text\/html|application\/xhtml)/i.test(contentType);
  return /^\s*<(?:!doctype html|html)/i.test(text.slice(0, 1_000));
}
