import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChildren } from './children.ts';

const program = new URL('./testing/break-out.ts', import.meta.url);
const server = createServer((_request, response) => response.end('here'));
let dir = '';
let port = 0;
beforeAll(async () => {
  process.env['CHILD_CANARY'] = 'canary';
  dir = await mkdtemp(join(tmpdir(), 'flotilla-child-'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' ? (address?.port ?? 0) : 0;
});
afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true });
});

const inChild = (isCutOff: 'yes' | 'no') =>
  createChildren({
    program: { main: program, args: [String(port), dir, isCutOff], packages: [] },
    childrenAtOnce: 1,
    killAfterMs: 30_000,
    replyMaxBytes: 10_000,
  })
    .ask(async () => ['{}'], new AbortController().signal)
    .then(({ output }): unknown => JSON.parse(output.toString('utf8')));

test('whoever breaks out of a VM finds every way out of its process closed', { timeout: 60_000 }, async () => {
  expect(await inChild('yes')).toEqual([]);
});

test('would find network and signals open, were the process not cut off', { timeout: 60_000 }, async () => {
  expect(await inChild('no')).toEqual(['socket', 'request', 'name', 'parent']);
});

test('would find everything open in any other process', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [fileURLToPath(program), String(port), dir, 'no'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(JSON.parse(await text(child.stdout))).toEqual([
    'environment',
    'file',
    'ownEnvironment',
    'write',
    'link',
    'program',
    'thread',
    'eval',
    'socket',
    'request',
    'name',
    'parent',
  ]);
});
