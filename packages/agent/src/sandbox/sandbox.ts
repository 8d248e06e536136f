import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { SandboxReply, SandboxRequest } from './protocol.ts';
import { parseReply } from './protocol.ts';
import { createSlots } from './slots.ts';
import { spawnChild } from './spawn.ts';

export type SandboxOptions = {
  /** Scripts that run at the same time; the others wait. Default: one for each CPU, at least two. */
  childrenAtOnce?: number;
  /** What a script may take, in wall-clock time. */
  runMs?: number;
  memoryBytes?: number;
};

export type Sandbox = {
  /** @throws the signal's reason, when aborted; the child is killed at once */
  run(code: string, signal: AbortSignal): Promise<SandboxReply>;
};

/** The VM's own clock stops a script at `runMs` and keeps what it printed; a child that is later than this is killed. */
const KILL_GRACE_MS = 3_000;
const OUTPUT_CHARS = 262_144;
/** Two outputs, each character escaped in six. */
const REPLY_MAX_BYTES = 2 * 6 * OUTPUT_CHARS + 4_096;

/**
 * Runs JavaScript that nobody trusts: a fresh VM (QuickJS in WebAssembly) in a fresh process for every script, so that
 * no script meets what another left behind, and one that breaks out of the VM finds itself alone in a process without
 * environment, files or children, soon to be killed.
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const { childrenAtOnce = Math.max(2, availableParallelism()), runMs = 10_000, memoryBytes = 67_108_864 } = options;
  const inSlot = createSlots(childrenAtOnce);
  return {
    run: (code, signal) =>
      inSlot(signal, () => runChild({ code, runMs, memoryBytes, outputChars: OUTPUT_CHARS }, signal)),
  };
}

async function runChild(request: SandboxRequest, signal: AbortSignal): Promise<SandboxReply> {
  const { runMs } = request;
  const child = spawnChild({ cpuSeconds: Math.ceil((runMs + KILL_GRACE_MS) / 1_000) });
  let isLate = false;
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, runMs + KILL_GRACE_MS);
  signal.addEventListener('abort', kill, { once: true });
  try {
    // A child that died early leaves a broken pipe; its exit tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(request));
    const [line] = await Promise.all([readUpTo(child.stdout, REPLY_MAX_BYTES, kill), once(child, 'close')]);
    signal.throwIfAborted();
    const reply = parseReply(line);
    if (reply) return reply;
    const value = isLate
      ? `The script was stopped after ${runMs / 1_000} s`
      : 'The script brought its sandbox down: it needed too much memory, recursed too deeply, or printed too much';
    return { printed: '', ok: false, value };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
  }
}

async function readUpTo(stream: AsyncIterable<Buffer>, maxBytes: number, giveUp: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      giveUp();
      return '';
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
