import { sleep } from '../sleep.ts';

/** One request as the server would see it. */
export type Sent = { method: string; url: string; headers: Headers; body: unknown };

/** How one request is answered; `'never'`: not before it is given up. */
export type Scene = (() => Response) | 'never';

/** A `fetch` that answers each request by the next scene of a script, and one more than there are with an error. */
export function scriptedFetch(scenes: readonly Scene[]): { fetch: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    async fetch(input, init = {}) {
      const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
      sent.push({
        method: init.method ?? 'GET',
        url: input instanceof Request ? input.url : input.toString(),
        headers: new Headers(init.headers),
        body,
      });
      const scene = scenes[sent.length - 1];
      if (scene === undefined) throw new Error('the script is over');
      if (scene !== 'never') return scene();
      await sleep(60_000, init.signal ?? undefined);
      throw new Error('nobody gave up');
    },
  };
}

export const json = (body: object, init?: ResponseInit) => () => Response.json(body, init);

export const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  json(
    { code, detail: `the detail of ${code}`, status, title: 'x' },
    { status, headers: { 'x-request-id': 'req_1', ...headers } },
  );

export const broken = () => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
};

/** An event stream of these pieces of text, which then ends, or breaks. */
export const events =
  (pieces: readonly string[], end: 'ends' | 'breaks' = 'ends') =>
  () => {
    const encoder = new TextEncoder();
    const rest = [...pieces];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = rest.shift();
        if (piece !== undefined) controller.enqueue(encoder.encode(piece));
        else if (end === 'breaks') controller.error(new TypeError('terminated'));
        else controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
