import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { ChildOptions } from '../child/children.ts';
import { createChildren } from '../child/children.ts';
import { converse } from '../child/converse.ts';
import type { SandboxChild } from '../child/spawn.ts';
import { spawnChild } from '../child/spawn.ts';
import type { SandboxReply } from '../sandbox/protocol.ts';
import { parseReply } from './protocol.ts';
import { createSpare } from './spare.ts';

export type Python = {
  /** @throws the signal's reason, when aborted; the child is killed at once */
  run(code: string, signal: AbortSignal): Promise<SandboxReply>;
};

const OUTPUT_CHARS = 262_144;
/** Two outputs, each character escaped in six, in as many lines as there may be pieces. */
const REPLY_MAX_BYTES = 2 * 6 * OUTPUT_CHARS + 65_536;
/** Of CPU it takes half a second, or four without a snapshot. */
const START_MS = 60_000;
const SNAPSHOT_AFTER_MS = 120_000;
const SNAPSHOT_MAX_BYTES = 134_217_728;
/** An interpreter in waiting takes 200 MB. */
const SPARE_KEPT_MS = 300_000;
const HEAP_MEGABYTES = 256;

/**
 * Runs Python that nobody trusts: CPython in WebAssembly (Pyodide), a fresh interpreter in a fresh process for every
 * script, all of them from the snapshot of one, and one of them started in advance. Nothing is started before the first
 * script comes.
 */
export function createPython(options: ChildOptions = {}): Python {
  // Under the 60 s of the tool, so that what was printed is shown. Two at once, for each takes its 200 MB.
  const { childrenAtOnce = 2, runMs = 50_000 } = options;
  const packages = [dirname(createRequire(import.meta.url).resolve('pyodide'))];
  const program = { main: new URL('./child.ts', import.meta.url), packages, heapMegabytes: HEAP_MEGABYTES };
  const spare = createSpare({ startMs: START_MS, keptMs: SPARE_KEPT_MS });
  let made: Promise<Buffer> | undefined;

  /** Of an interpreter that nobody's code was in. Without one, children start from nothing, which takes them longer. */
  async function makeSnapshot(): Promise<Buffer> {
    const child = spawnChild({
      ...program,
      main: new URL('./make-snapshot.ts', import.meta.url),
      cpuSeconds: SNAPSHOT_AFTER_MS / 1_000,
    });
    // Whoever asked for it first may be gone when it is there for the others.
    const { signal } = new AbortController();
    const terms = { request: [], killAfterMs: SNAPSHOT_AFTER_MS, replyMaxBytes: SNAPSHOT_MAX_BYTES, signal };
    const { output } = await converse(child, terms);
    if (output.length === 0) made = undefined;
    return output;
  }

  function started(child: SandboxChild, snapshot: Buffer): SandboxChild {
    child.stdin.on('error', () => undefined);
    child.stdin.write(new Uint8Array(Uint32Array.of(snapshot.length).buffer));
    child.stdin.write(snapshot);
    return child;
  }

  const children = createChildren({
    program,
    childrenAtOnce,
    killAfterMs: runMs,
    startMs: START_MS,
    replyMaxBytes: REPLY_MAX_BYTES,
    async take(start) {
      made ??= makeSnapshot();
      const snapshot = await made;
      return spare.take(() => started(start(), snapshot));
    },
  });

  return {
    async run(code, signal) {
      const { output, isLate } = await children.ask(
        async () => [JSON.stringify({ code, outputChars: OUTPUT_CHARS })],
        signal,
      );
      const { printed, ended } = parseReply(output.toString('utf8'));
      if (ended) return { printed, ...ended };
      const value = isLate
        ? `The script was stopped after ${runMs / 1_000} s`
        : 'The script brought its sandbox down: it needed too much memory, recursed too deeply, or printed too much';
      return { printed, ok: false, value };
    },
  };
}
