import { spawn } from 'node:child_process';

import { waitUntil } from './wait-until.ts';
import { startWatchdog } from './watchdog.ts';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type ServerProcess = {
  readonly pid: number;
  /** Settles when the process ends, for whatever reason. */
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
  /** Asks with the first signal, insists with the next ones. */
  readonly stop: () => Promise<void>;
};

/** What a server is given to end by itself, per signal, before the next, harder one. */
const STOP_WITHIN_MS = 15_000;

/**
 * A server in a session of its own, so that Ctrl-C reaches us alone and the order of the shutdown stays ours, with a
 * watchdog for the case that we die first. It does not keep this process alive.
 */
export const spawnServer = async (options: {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Where its output goes: a file, since writing to the pipe of a dead parent would kill it. */
  logFd: number;
  /** Sent to its stdin, which is then closed. */
  input?: string;
  user?: { uid: number; gid: number } | undefined;
  /** From the kindest to the hardest; the watchdog sends the first. */
  stopSignals: [NodeJS.Signals, ...NodeJS.Signals[]];
  /** Folders the watchdog removes after it has stopped the server. */
  removeIfOrphaned: string[];
}): Promise<ServerProcess> => {
  const { command, args, env, logFd, input, user, stopSignals, removeIfOrphaned } = options;
  const child = spawn(command, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', logFd, logFd],
    detached: true,
    env,
    // Ours may be a folder its user cannot enter.
    cwd: '/',
    ...(user !== undefined && { uid: user.uid, gid: user.gid }),
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  child.unref();

  const watchdog = startWatchdog({ pid, signal: stopSignals[0], remove: removeIfOrphaned });
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      watchdog.dismiss();
      resolve(exit);
    });
  });
  const hasExited = (): boolean => exit !== undefined;

  const stop = async (): Promise<void> => {
    for (const signal of stopSignals) {
      if (!hasExited()) child.kill(signal);
      if (await waitUntil(hasExited, STOP_WITHIN_MS)) return;
    }
    throw new Error(`Process ${pid} (${command}) does not end.`);
  };
  return { pid, exited, hasExited, stop };
};
