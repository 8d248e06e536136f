import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { ChildOptions } from '../child/children.ts';
import { createChildren } from '../child/children.ts';
import type { SandboxReply } from './protocol.ts';
import { parseReply } from './protocol.ts';

export type Sandbox = {
  /** @throws the signal's reason, when aborted; the child is killed at once */
  run(code: string, signal: AbortSignal): Promise<SandboxReply>;
};

/** The VM's own clock stops a script at `runMs` and keeps what it printed; a child that is later than this is killed. */
const KILL_GRACE_MS = 3_000;
const MEMORY_BYTES = 67_108_864;
const OUTPUT_CHARS = 262_144;
/** Two outputs, each character escaped in six. */
const REPLY_MAX_BYTES = 2 * 6 * OUTPUT_CHARS + 4_096;

/**
 * Runs JavaScript that nobody trusts: a fresh VM (QuickJS in WebAssembly) in a fresh process for every script, so that
 * no script meets what another left behind, and one that breaks out of the VM finds itself alone in a process without
 * environment, files or children, soon to be killed.
 */
export function createSandbox(options: ChildOptions = {}): Sandbox {
  const { childrenAtOnce, runMs = 10_000 } = options;
  const wasm = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');
  const children = createChildren({
    program: { main: new URL('./child.ts', import.meta.url), args: [wasm], packages: [dirname(wasm)] },
    childrenAtOnce,
    killAfterMs: runMs + KILL_GRACE_MS,
    replyMaxBytes: REPLY_MAX_BYTES,
  });
  return {
    async run(code, signal) {
      const request = { code, runMs, memoryBytes: MEMORY_BYTES, outputChars: OUTPUT_CHARS };
      const said = await children.ask(async () => [JSON.stringify(request)], signal);
      const reply = parseReply(said.output.toString('utf8'));
      if (reply) return reply;
      const value = said.isLate
        ? `The script was stopped after ${runMs / 1_000} s`
        : 'The script brought its sandbox down: it needed too much memory, recursed too deeply, or printed too much';
      return { printed: '', ok: false, value };
    },
  };
}
