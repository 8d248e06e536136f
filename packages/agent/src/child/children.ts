import { availableParallelism } from 'node:os';
import type { Said } from './converse.ts';
import { converse } from './converse.ts';
import { createSlots } from './slots.ts';
import type { ChildProgram, SandboxChild } from './spawn.ts';
import { spawnChild } from './spawn.ts';

/** What may be said of the children of any sandbox. */
export type ChildOptions = {
  /** Scripts that run at the same time; the others wait. Default: one for each CPU, at least two. */
  childrenAtOnce?: number;
  /** What a script may take, in wall-clock time. */
  runMs?: number;
};

export type Children = {
  /**
   * Has a child do one thing, alone, and end.
   * @param request made when there is a slot for it, and written piece by piece
   * @throws the signal's reason, when aborted; the child is killed at once
   */
  ask(request: () => Promise<Iterable<string>>, signal: AbortSignal): Promise<Said>;
};

type ChildrenOptions = {
  childrenAtOnce: number | undefined;
  program: Omit<ChildProgram, 'cpuSeconds'>;
  /** A child that is later than this is killed; its start is included, unless it was started in advance. */
  killAfterMs: number;
  /** What a start in advance may take. */
  startMs?: number;
  replyMaxBytes: number;
  /** Where a child comes from that was started in advance. Default: a new one for every request. */
  take?: (start: () => SandboxChild) => Promise<SandboxChild>;
};

/** The processes of one sandbox: so many at once, a fresh one for every request, each killed when its time is over. */
export function createChildren(options: ChildrenOptions): Children {
  const { program, killAfterMs, startMs = 0, replyMaxBytes } = options;
  const { childrenAtOnce = Math.max(2, availableParallelism()), take = async (start) => start() } = options;
  const inSlot = createSlots(childrenAtOnce);
  const start = () => spawnChild({ ...program, cpuSeconds: Math.ceil((startMs + killAfterMs) / 1_000) });
  return {
    ask: (request, signal) =>
      inSlot(signal, async () => {
        const pieces = await request();
        signal.throwIfAborted();
        const child = await take(start);
        return converse(child, { request: pieces, killAfterMs, replyMaxBytes, signal });
      }),
  };
}
