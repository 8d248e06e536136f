import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { startWatchdog } from '@flotilla/embedded';
import { baseEnv } from '../../harness/base-env.ts';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** One real process of the stage, and what a nemesis needs to hurt it. */
export type ChaosProcess = AsyncDisposable & {
  readonly name: string;
  readonly pid: number;
  /** The match of `readyLine`. */
  readonly ready: RegExpMatchArray;
  readonly exited: Promise<Exit>;
  isAlive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Over the IPC channel, where it was opened with one. */
  send(message: object): void;
  onMessage(listen: (message: unknown) => void): void;
};

export type ProcessOptions = {
  name: string;
  /** By default this Node. */
  command?: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  readyLine: RegExp;
  /** Everything it prints goes here. */
  logPath: string;
};

const READY_WITHIN_MS = 40_000;

/** Starts a program, most of the time this Node with a script, and waits for its ready line. It is killed with the stage, or when this process dies. */
export async function startProcess(options: ProcessOptions): Promise<ChaosProcess> {
  const child = spawn(options.command ?? process.execPath, options.args, {
    env: { ...baseEnv(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const log = createWriteStream(options.logPath, { flags: 'a' });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  child.on('error', () => undefined);
  const watchdog = startWatchdog({ pid: -pid, signal: 'SIGKILL', remove: [] });
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      exit = { code, signal };
      watchdog.dismiss();
      log.end();
      resolve(exit);
    });
  });
  const ready = await new Promise<RegExpMatchArray>((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => fail(`was not ready within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS);
    function fail(what: string) {
      process.kill(-pid, 'SIGKILL');
      reject(new Error(`${options.name} ${what}:\n${printed.slice(-4_000)}`));
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        log.write(chunk);
        if (printed === 'ready') return;
        printed += chunk;
        const match = options.readyLine.exec(printed);
        if (!match) return;
        printed = 'ready';
        clearTimeout(timer);
        resolve(match);
      });
    }
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new Error(`${options.name} ended (${signal ?? code}) before it was ready:\n${printed.slice(-4_000)}`));
    });
  });
  return {
    name: options.name,
    pid,
    ready,
    exited,
    isAlive: () => exit === undefined,
    signal: (signal) => void child.kill(signal),
    send: (message) => void child.send(message),
    onMessage: (listen) => void child.on('message', listen),
    async [Symbol.asyncDispose]() {
      if (exit === undefined) process.kill(-pid, 'SIGKILL');
      await exited;
    },
  };
}

/** The kernel's own word for what a process does: `T` when it was stopped. */
export function stateOf(pid: number): string {
  try {
    // The name in parentheses may hold anything; the state follows its last parenthesis.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .slice(0, 1);
  } catch {
    return '';
  }
}
