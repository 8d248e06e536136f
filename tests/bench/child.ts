import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWatchdog } from '@flotilla/embedded';
import { processorSeconds, statOf } from './processor.ts';

const READY_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 40_000;
const SHOWN_CHARACTERS = 4_000;
const PAGE_BYTES = 4_096;

export type Child = AsyncDisposable & {
  readonly pid: number;
  /** The match of `readyLine`. */
  readonly ready: RegExpExecArray;
  output(): string;
  isAlive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and waits for its end. */
  stop(): Promise<void>;
  /** What it has used so far; 0 where there is no /proc. */
  processorSeconds(): number;
  residentBytes(): number;
};

/** A process of the system under test, as in production: its output goes through a pipe to somebody who reads it. */
export async function startChild(options: {
  args: string[];
  env: NodeJS.ProcessEnv;
  readyLine: RegExp;
  readyWithinMs?: number;
}): Promise<Child> {
  const child = spawn(process.execPath, options.args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'], ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      tail = (tail + chunk).slice(-SHOWN_CHARACTERS);
    });
  }
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const watchdog = startWatchdog({ pid, signal: 'SIGKILL', remove: [] });
  const ended = once(child, 'close').then(() => watchdog.dismiss());
  const ready = await untilReady(child, () => tail, options);

  async function end(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }
  return {
    pid,
    ready,
    output: () => tail,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    stop: () => end('SIGTERM'),
    processorSeconds: () => processorSeconds(pid),
    residentBytes: () => Number(statOf(pid)[21] ?? '0') * PAGE_BYTES,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

async function untilReady(
  child: ChildProcess,
  output: () => string,
  { readyLine, readyWithinMs = READY_WITHIN_MS }: { readyLine: RegExp; readyWithinMs?: number },
): Promise<RegExpExecArray> {
  const until = performance.now() + readyWithinMs;
  while (performance.now() < until && child.exitCode === null && child.signalCode === null) {
    const match = readyLine.exec(output());
    if (match) return match;
    await sleep(10);
  }
  child.kill('SIGKILL');
  throw new Error(`${child.spawnargs.join(' ')} did not become ready:\n${output()}`);
}
