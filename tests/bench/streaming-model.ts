import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of one clock for all processes of the machine, finer than `Date.now()`. */
export const clockMs = () => performance.timeOrigin + performance.now();

export type Pace = {
  /** Of text, in each reply. */
  fragments: number;
  everyMs: number;
  /** Before the first of them, drawn evenly. */
  thinksMs?: { from: number; to: number };
  /** Replies that end in a call of `calculator`, before the one that is the answer. */
  toolCalls?: number;
};

export type StreamingModel = AsyncDisposable & {
  url: string;
  /** Fragments so far. */
  written(): number;
};

/**
 * A model's server with OpenAI's wire format, which says in each fragment when it was written. Whoever reads them, at
 * the far end of everything, knows how long they took. No reply begins before `begins`.
 */
export async function startStreamingModel(pace: Pace & { begins?: Promise<unknown> }): Promise<StreamingModel> {
  const { fragments, everyMs, thinksMs = { from: 0, to: 0 }, toolCalls = 0, begins } = pace;
  let written = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { messages }: { messages: { role: string }[] } = JSON.parse(await text(request));
    const step = messages.filter(({ role }) => role === 'assistant').length + 1;
    const write = (fields: object) =>
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`,
      );
    const choose = (delta: object, finish_reason: string | null) =>
      write({ choices: [{ index: 0, delta, finish_reason }] });

    await begins;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await sleep(thinksMs.from + Math.random() * (thinksMs.to - thinksMs.from));
    for (let index = 0; index < fragments; index += 1) {
      await sleep(everyMs);
      choose({ role: 'assistant', content: `${clockMs().toFixed(3)} ` }, null);
      written += 1;
    }
    if (step <= toolCalls) choose({ tool_calls: [callOf(step)] }, 'tool_calls');
    else choose({}, 'stop');
    write({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
    response.end('data: [DONE]\n\n');
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    written: () => written,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** What a worker has to be told to ask this model, as often as there are missions that want to. */
export function asksModelAt(url: string): NodeJS.ProcessEnv {
  return { OPENAI_API_KEY: 'bench', OPENAI_BASE_URL: url, OPENAI_LIMITS: 'concurrency=100000' };
}

function callOf(step: number) {
  const called = { name: 'calculator', arguments: JSON.stringify({ expression: `${step} + ${step}` }) };
  return { index: 0, id: `call_${step}`, type: 'function', function: called };
}

/** When the fragments of a text were written; one of ours may hold several of the model's. */
export function writtenAt(content: string): number[] {
  return content.trim().split(' ').map(Number);
}
