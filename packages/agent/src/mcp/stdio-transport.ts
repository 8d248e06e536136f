import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '@modelcontextprotocol/client';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/client';
import { UnsentError } from './call-error.ts';
import { MESSAGE_MAX_BYTES } from './limits.ts';
import type { StdioServer } from './server.ts';

/**
 * The server in a process group of its own, beside a shell that reads from a pipe whose other end is here and nowhere
 * else: when this process ends, however it does, the pipe closes, and the shell kills the group.
 */
const WITH_LIFE_LINE = '(while read -r _ <&3; do :; done; kill -9 0) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';
/** Between the end of its input, which tells a server to end, and being killed. */
const END_GRACE_MS = 1_000;

/** Starts a server and talks to it over its stdin and stdout. It has the environment it is given, and dies with this process. */
export function createStdioTransport({ command, args, env }: StdioServer): Transport {
  const buffer = new ReadBuffer({ maxBufferSize: MESSAGE_MAX_BYTES });
  let server: Pipes | null = null;

  function read(chunk: Buffer): void {
    try {
      buffer.append(chunk);
      for (let message = buffer.readMessage(); message !== null; message = buffer.readMessage()) {
        transport.onmessage?.(message);
      }
    } catch (error) {
      // A message that is none or too long: what comes after it cannot be told apart.
      transport.onerror?.(error instanceof Error ? error : new Error(String(error)));
      server?.lifeLine.destroy();
    }
  }

  const transport: Transport = {
    async start() {
      const child = spawn('/bin/sh', ['-c', WITH_LIFE_LINE, 'mcp', command, ...args], {
        env,
        cwd: '/',
        detached: true,
        stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
      });
      server = pipesOf(child);
      for (const stream of [server.input, server.lifeLine]) stream.on('error', () => undefined);
      server.output.on('data', read);
      child.once('close', () => transport.onclose?.());
      // What it has started itself ends with it.
      child.once('exit', () => server?.lifeLine.destroy());
      await once(child, 'spawn');
    },
    async send(message) {
      if (!server?.input.writable) throw new UnsentError('the server has ended');
      server.input.write(serializeMessage(message));
    },
    async close() {
      if (!server) return;
      const { child, input, lifeLine } = server;
      input.end();
      const isOver = child.exitCode !== null || child.signalCode !== null;
      if (!isOver) await Promise.race([once(child, 'exit'), sleep(END_GRACE_MS, undefined, { ref: false })]);
      lifeLine.destroy();
      buffer.clear();
    },
  };
  return transport;
}

type Pipes = { child: ChildProcess; input: Writable; output: Readable; lifeLine: Writable };

function pipesOf(child: ChildProcess): Pipes {
  const { stdin, stdout, stdio } = child;
  const lifeLine = stdio[3];
  if (!stdin || !stdout || !lifeLine || !('write' in lifeLine)) throw new Error('a process without its pipes');
  return { child, input: stdin, output: stdout, lifeLine };
}
