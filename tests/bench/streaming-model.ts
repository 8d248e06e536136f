import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of one clock for all processes of the machine, finer than `Date.now()`. */
export const clockMs = () => performance.timeOrigin + performance.now();

export type StreamingModel = AsyncDisposable & { url: string };

/**
 * A model's server with OpenAI's wire format, which says in each fragment when it was written. Whoever reads them, at
 * the far end of everything, knows how long they took.
 */
export async function startStreamingModel(options: { fragments: number; everyMs: number }): Promise<StreamingModel> {
  async function answer(response: ServerResponse): Promise<void> {
    const write = (fields: object) =>
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', ...fields })}\n\n`,
      );
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let index = 0; index < options.fragments; index += 1) {
      await sleep(options.everyMs);
      const content = `${clockMs().toFixed(3)} `;
      write({ choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }] });
    }
    write({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    write({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
    response.end('data: [DONE]\n\n');
  }

  const server = createServer((request, response) => {
    request.resume().once('end', () => void answer(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
