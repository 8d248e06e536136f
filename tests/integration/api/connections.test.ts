import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiServer } from '@flotilla/api/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';

/** Longer than a busy machine keeps a process waiting. */
const UNREAD_FOR_MS = 600;
const CONNECTIONS_MAX = 4;
/** More than the kernel takes for two ends of a connection. */
const LARGE = Buffer.alloc(24 * 1_048_576);

/** The answers that are over, by their paths: whether they were sent whole, and whether they say that nobody is there. */
const over: { path: string; isWhole: boolean; isGone: boolean }[] = [];
const warned: string[] = [];

const app: RequestListener = (req, res) => {
  const path = req.url ?? '';
  res.on('close', () => over.push({ path, isWhole: res.writableFinished, isGone: res.destroyed }));
  if (path.startsWith('/large')) res.end(LARGE);
  else if (path.startsWith('/late')) setTimeout(() => res.end('late'), 2 * UNREAD_FOR_MS);
  else if (!path.startsWith('/never')) res.end('at once');
};

const server = createApiServer(app, {
  connectionsMax: CONNECTIONS_MAX,
  unreadForMs: UNREAD_FOR_MS,
  logger: { warn: (message) => warned.push(message) },
});
let port: number;
beforeAll(async () => {
  port = Number(new URL(await server.start({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => server.stop());

/** A connection on which these were asked for, one after the other, and of which nothing is read unless the test does. */
async function ask(...paths: string[]): Promise<Socket & AsyncDisposable> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  return socket;
}

/** Closes it, and waits until the server has noticed: it counts its connections. */
async function leave(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await sleep(50);
}

const isOver = (path: string) =>
  waitFor(() => over.find((answer) => answer.path === path), { what: `the end of ${path}`, timeoutMs: 10_000 });

describe('an answer', () => {
  it('that nobody takes is given up, whatever was asked for behind it', async () => {
    const sockets = [await ask('/large?alone'), await ask('/large?first', '/never?behind')];
    expect(await isOver('/large?alone')).toMatchObject({ isWhole: false });
    expect(await isOver('/large?first')).toMatchObject({ isWhole: false });
    // Nor does the other go on for nobody, with what it holds; nor a handler that comes to it later.
    expect(await isOver('/never?behind')).toMatchObject({ isWhole: false, isGone: true });
    await leave(...sockets);
    expect(over.filter(({ path }) => path === '/never?behind')).toHaveLength(1);
  });

  it('that is taken by and by arrives whole, and so does one that takes its time', async () => {
    const [slow, late] = [await ask('/large?slow'), await ask('/late')];
    let received = 0;
    slow.on('data', (chunk: Buffer) => {
      received += chunk.length;
      // As long as anything is taken, nothing is given up.
      slow.pause();
      setTimeout(() => slow.resume(), 2);
    });
    let text = '';
    late.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    expect(await isOver('/late')).toMatchObject({ isWhole: true });
    expect(await isOver('/large?slow')).toMatchObject({ isWhole: true });
    await waitFor(() => received > LARGE.length && text.endsWith('late'), { what: 'the last of it' });
    await leave(slow, late);
  });
});

describe('connections', () => {
  it('are so many at once, and one more when one of them is over', async () => {
    const sockets = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, (_, index) => ask(`/never?${index}`)));
    const refused = await ask('/now');
    // However it is closed.
    await new Promise((resolve) => refused.once('close', resolve));
    expect(warned).toHaveLength(1);
    expect(sockets.map((socket) => socket.destroyed)).toEqual(sockets.map(() => false));
    await leave(...sockets.slice(0, 1));
    const next = await ask('/now');
    const [answer]: unknown[] = await once(next, 'data');
    expect(String(answer)).toContain('at once');
    await leave(next, ...sockets);
  });
});
