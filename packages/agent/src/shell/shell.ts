import { createRequire } from 'node:module';
import type { WorkspaceChange, WorkspaceFile } from '@flotilla/core';
import { WORKSPACE_BYTES_MAX } from '@flotilla/core';
import type { ChildOptions } from '../child/children.ts';
import { createChildren } from '../child/children.ts';
import type { ShellReply } from './protocol.ts';
import { parseReply, toLines } from './protocol.ts';

/** `exitCode` `null`: it was stopped, and has changed nothing. */
export type ShellRun = { output: string; exitCode: number | null; change: WorkspaceChange };

export type Shell = {
  /**
   * @param files read when it is the script's turn: until then nobody holds them
   * @throws the signal's reason, when aborted; the child is killed at once
   */
  run(script: string, files: () => Promise<readonly WorkspaceFile[]>, signal: AbortSignal): Promise<ShellRun>;
};

/** The shell's own clock stops a script at `runMs`; a child that is later than this, its start included, is killed. */
const KILL_GRACE_MS = 10_000;
const OUTPUT_CHARS = 1_048_576;
/** Files in memory: what the workspace holds, and as much again for what is made of it. */
const FILE_BYTES = 2 * WORKSPACE_BYTES_MAX;
/** All files in base64, line by line, and the output, each character escaped in six. */
const REPLY_MAX_BYTES = FILE_BYTES * 1.5 + 6 * OUTPUT_CHARS;
const HEAP_MEGABYTES = 256;
/** The folder that holds just-bash and the packages its commands load when they are first called. */
const PACKAGES = createRequire(import.meta.url)
  .resolve('just-bash')
  .replace(/(?<=node_modules)[\\/]just-bash[\\/].*$/, '');

/** Runs scripts that nobody trusts: a simulated bash that knows no machine, in a fresh process for every script. */
export function createShell(options: ChildOptions = {}): Shell {
  // Under the 300 s of the tool, so that what was printed is shown.
  const { childrenAtOnce, runMs = 285_000 } = options;
  const children = createChildren({
    program: {
      main: new URL('./child.ts', import.meta.url),
      packages: [PACKAGES],
      heapMegabytes: HEAP_MEGABYTES,
    },
    childrenAtOnce,
    killAfterMs: runMs + KILL_GRACE_MS,
    replyMaxBytes: REPLY_MAX_BYTES,
  });
  return {
    async run(script, files, signal) {
      const request = { script, runMs, outputChars: OUTPUT_CHARS, fileBytes: FILE_BYTES };
      const said = await children.ask(async () => toLines(request, await files()), signal);
      const reply = await parseReply(said.output);
      if (reply) return toRun(reply);
      const output = said.isLate
        ? `The script was stopped after ${runMs / 1_000} s`
        : 'The script brought its sandbox down: it needed too much memory, or made too much';
      return { output, exitCode: null, change: { written: [], removed: [] } };
    },
  };
}

function toRun({ output, exitCode, written, removed }: ShellReply): ShellRun {
  return { output, exitCode, change: { written, removed } };
}
