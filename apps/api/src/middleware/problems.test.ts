import { once } from 'node:events';
import { createServer } from 'node:http';
import { createLogger } from '@flotilla/platform';
import express, { type RequestHandler } from 'express';
import { describe, expect, it } from 'vitest';
import { createRequestFacts } from '../http/request-facts.ts';
import { cutOff } from './cut-off.ts';
import { createProblemAnswerer, handleErrors } from './problems.ts';

/** An app with one handler that misbehaves, and what it logged. */
async function startApp(handler: RequestHandler, afterMs = 60_000) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', format: 'json', service: 'test', write: (line) => lines.push(line) });
  const answer = createProblemAnswerer({ logger, factsOf: createRequestFacts() });
  const app = express();
  app.use(cutOff({ afterMs, answer }));
  app.get('/', handler);
  app.use(handleErrors({ answer }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    lines,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a handler that misbehaves', () => {
  it.each<[string, RequestHandler]>([
    [
      'throws',
      () => {
        throw new Error('hunter2 at line 7');
      },
    ],
    [
      'rejects',
      async () => {
        await Promise.resolve();
        throw new Error('hunter2 at line 7');
      },
    ],
    [
      'throws what is no error',
      () => {
        throw Object.assign(Object.create(null), { status: 200, secret: 'hunter2' });
      },
    ],
    ['passes an error on', (_req, _res, next) => next(new Error('hunter2 at line 7'))],
  ])('is answered for with 500 and no word of why when it %s', async (_how, handler) => {
    await using app = await startApp(handler);
    const response = await fetch(app.url);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', requestId: expect.stringMatching(/^req_/) });
    expect(text).not.toContain('hunter2');
    expect(app.lines.join('\n')).toContain(JSON.parse(text).requestId);
  });

  it('is cut off with 504 when it hangs, and what it says later is dropped', async () => {
    const late = Promise.withResolvers<void>();
    await using app = await startApp(async (_req, res) => {
      await late.promise;
      if (!res.headersSent) res.end('late');
    }, 20);
    const response = await fetch(app.url);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'handler_timeout' });
    late.resolve();
  });

  it('breaks the connection when half of its answer is out', async () => {
    await using app = await startApp((_req, res) => {
      res.writeHead(200, { 'Content-Length': '100' }).write('half');
      throw new Error('too late');
    });
    await expect(fetch(app.url).then((response) => response.text())).rejects.toThrow(/terminated|fetch failed/);
  });
});
