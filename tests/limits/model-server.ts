import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** One call as the provider saw it, on the monotonic clock. `endedAt`: its reply went out, or its caller hung up. */
export type SeenCall = { model: string; arrivedAt: number; endedAt: number | null; isAnswered: boolean };

/** What becomes of a call: its answer after `latencyMs`, a 503 at once, or a first word and then silence. */
export type Behaviour = { kind: 'answers'; latencyMs: number } | { kind: 'is_down' } | { kind: 'stalls' };

const MINUTE_MS = 60_000;

/** A provider that speaks Chat Completions, limits nothing itself, and counts what it is asked. */
export async function startModelServer(behave: (model: string, earlier: number) => Behaviour) {
  const calls: SeenCall[] = [];
  let open = 0;
  let mostAtOnce = 0;

  async function answer(body: string, arrivedAt: number, response: ServerResponse): Promise<void> {
    const { model }: { model: string } = JSON.parse(body);
    const earlier = calls.filter((seen) => seen.model === model).length;
    const call: SeenCall = { model, arrivedAt, endedAt: null, isAnswered: false };
    calls.push(call);
    response.on('close', () => {
      open -= 1;
      call.endedAt = performance.now();
      call.isAnswered = response.writableFinished && response.statusCode === 200;
    });
    const behaviour = behave(model, earlier);
    switch (behaviour.kind) {
      case 'answers':
        await sleep(behaviour.latencyMs);
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(reply(model, 'done'));
        return;
      case 'is_down':
        response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{"message":"down"}}');
        return;
      case 'stalls':
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          `data: ${JSON.stringify(chunk(model, { delta: { content: 'wait' }, finish_reason: null }))}\n\n`,
        );
        // Bytes, and no token: it is not to be taken for progress.
        while (call.endedAt === null && response.write(': keep-alive\n\n')) await sleep(1_000);
    }
  }

  const server = createServer((request, response) => {
    const arrivedAt = performance.now();
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => void answer(body, arrivedAt, response).catch(() => response.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    calls: calls as readonly SeenCall[],
    mostAtOnce: () => mostAtOnce,
    mostInAnyMinute() {
      const arrivals = calls.map(({ arrivedAt }) => arrivedAt).toSorted((a, b) => a - b);
      let first = 0;
      return arrivals.reduce((most, at, index) => {
        while ((arrivals[first] ?? at) <= at - MINUTE_MS) first += 1;
        return Math.max(most, index - first + 1);
      }, 0);
    },
    /** Between the two moments: requests that arrived, and the time calls were under way. */
    seen(from: number, to: number) {
      const busyMs = calls.reduce(
        (sum, { arrivedAt, endedAt }) => sum + Math.max(0, Math.min(endedAt ?? to, to) - Math.max(arrivedAt, from)),
        0,
      );
      return { requests: calls.filter(({ arrivedAt }) => arrivedAt >= from && arrivedAt < to).length, busyMs };
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function chunk(model: string, choice: object) {
  return { id: 'c', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, ...choice }] };
}

function reply(model: string, content: string): string {
  const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
  const chunks = [
    chunk(model, { delta: { role: 'assistant', content }, finish_reason: null }),
    chunk(model, { delta: {}, finish_reason: 'stop' }),
    { ...chunk(model, {}), choices: [], usage },
  ];
  return `${chunks.map((data) => `data: ${JSON.stringify(data)}\n\n`).join('')}data: [DONE]\n\n`;
}
