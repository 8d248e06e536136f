import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { converse } from './converse.ts';
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
  const killAfterMs = runMs + KILL_GRACE_MS;
  const wasm = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');
  const child = spawnChild({
    main: new URL('./child.ts', import.meta.url),
    args: [wasm],
    packages: [dirname(wasm)],
    cpuSeconds: Math.ceil(killAfterMs / 1_000),
  });
  const said = await converse(child, {
    request: JSON.stringify(request),
    killAfterMs,
    replyMaxBytes: REPLY_MAX_BYTES,
    signal,
  });
  const reply = parseReply(said.text);
  if (reply) return reply;
  const value = said.isLate
    ? `The script was stopped after ${runMs / 1_000} s`
    : 'The script brought its sandbox down: it needed too much memory, recursed too deeply, or printed too much';
  return { printed: '', ok: false, value };
}
