import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

import { startWatchdog } from '@flotilla/embedded';
import { onTestFailed } from 'vitest';

import { baseEnv } from './base-env.ts';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type TestProcess = AsyncDisposable & {
  readonly pid: number;
  /** The match of `readyLine`, so that a port can be read from it. */
  readonly ready: RegExpMatchArray;
  /** Everything printed so far, stdout and stderr as they came. */
  readonly output: () => string;
  readonly exited: Promise<Exit>;
  /** Sends the signal to the process alone, as Kubernetes does, and waits for its end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Exit>;
};

const OUTPUT_SHOWN_CHARACTERS = 8_000;

/**
 * Starts a process of an app and waits until it prints a line that matches. When it goes out of scope it is killed with
 * all it started; when the test fails, what it printed is shown.
 */
export const startProcess = async (options: {
  /** By default this Node. */
  command?: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  readyLine: RegExp;
  readyWithinMs?: number;
}): Promise<TestProcess> => {
  const { command = process.execPath, args, readyLine, readyWithinMs = 30_000 } = options;
  const name = [command, ...args].join(' ');
  const child = spawn(command, args, {
    env: { ...baseEnv(), ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the whole of it can be killed.
    detached: true,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const watchdog = startWatchdog({ pid: -pid, signal: 'SIGKILL', remove: [] });
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const tail = (): string => `--- ${name} printed:\n${printed.slice(-OUTPUT_SHOWN_CHARACTERS)}\n---`;

  const dispose = async (): Promise<void> => {
    killGroup(pid);
    await exited;
    watchdog.dismiss();
  };
  try {
    showOnFailure(tail);
    const ready = await readyOrFailed({ output: () => printed, readyLine, exited, readyWithinMs });
    if (typeof ready === 'string') throw new Error(`${name} ${ready}.\n${tail()}`);
    return {
      pid,
      ready,
      output: () => printed,
      exited,
      stop: (signal = 'SIGTERM') => {
        child.kill(signal);
        return exited;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};

/** @returns the match, or what happened instead */
const readyOrFailed = async (options: {
  output: () => string;
  readyLine: RegExp;
  exited: Promise<Exit>;
  readyWithinMs: number;
}): Promise<RegExpMatchArray | string> => {
  const { output, readyLine, readyWithinMs } = options;
  const end = performance.now() + readyWithinMs;
  let exit: Exit | undefined;
  void options.exited.then((value) => {
    exit = value;
  });
  while (performance.now() < end) {
    const match = output()
      .split('\n')
      .map((line) => readyLine.exec(line))
      .find((found) => found !== null);
    if (match) return match;
    if (exit !== undefined) return `ended (${exit.signal ?? `code ${exit.code}`}) before it was ready`;
    await sleep(10);
  }
  return `was not ready within ${readyWithinMs} ms`;
};

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone, with all it started.
  }
};

const showOnFailure = (tail: () => string): void => {
  try {
    onTestFailed(() => void process.stderr.write(`${tail()}\n`));
  } catch {
    // Started by a hook, outside a test: the errors of this file still carry the output.
  }
};
