import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(import.meta.dirname, '../../..');
const LINES_SHOWN = 12;
/** Ready lines come first; nobody waits for what comes later. */
const MESSAGES_KEPT = 100;

/** One process of the stack. Its log goes to a file; its end, if nobody asked for it, is an error with its last lines. */
export type Child = {
  pid: number;
  /** The first log message that begins so. Rejects when the process ends before. */
  logged(beginning: string): Promise<string>;
  /** Rejects when the process ends without having been told to. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
};

export function startChild(options: { name: string; env: NodeJS.ProcessEnv; logPath: string }): Child {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'apps', options.name, 'src/main.ts')], {
    env: { ...options.env, LOG_FORMAT: 'json', PARENT_PID: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the whole foreground group; a group of its own lets us end the parts in order.
    detached: true,
  });
  const log = createWriteStream(options.logPath, { mode: 0o600 });
  const last: string[] = [];
  const messages: string[] = [];
  const waiting = new Map<string, PromiseWithResolvers<string>>();
  let stopping = false;

  function read(line: string): void {
    log.write(`${line}\n`);
    last.push(line);
    if (last.length > LINES_SHOWN) last.shift();
    const message = messageOf(line);
    if (message === null || messages.length >= MESSAGES_KEPT) return;
    messages.push(message);
    for (const [beginning, slot] of waiting) if (message.startsWith(beginning)) slot.resolve(message);
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', read);
  }

  const ended = once(child, 'close');
  const failed = ended.then(([code, signal]): Promise<never> => {
    if (stopping) return new Promise(() => {});
    const how = signal === null ? `exit code ${code}` : String(signal);
    throw new Error(
      `the ${options.name} ended with ${how}. Its last lines (all of them: ${options.logPath}):\n${last.join('\n')}`,
    );
  });
  failed.catch(() => {});

  return {
    pid: child.pid ?? -1,
    failed,
    logged(beginning) {
      const slot = Promise.withResolvers<string>();
      waiting.set(beginning, slot);
      const already = messages.find((message) => message.startsWith(beginning));
      if (already !== undefined) slot.resolve(already);
      return Promise.race([slot.promise, failed]);
    },
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      log.end();
    },
  };
}

function messageOf(line: string): string | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
      ? value.message
      : null;
  } catch {
    return null;
  }
}
