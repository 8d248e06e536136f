import type { Step } from '@flotilla/core';

/**
 * Since when untrusted content is in a mission's context. It follows from the journal, so whoever resumes a mission, its
 * retry and its fork find the same.
 */
export type UntrustedWatch = {
  /** The step whose results brought it; 0: it was there from the start; `null`: there is none. */
  since(): number | null;
  /** A step has been played: its results are in the context of the next. */
  add(step: number, results: readonly { untrusted: boolean }[]): void;
};

/** @param fromStart what it was given to begin with, a goal or a conversation, may be a stranger's already */
export function createUntrustedWatch(steps: readonly Step[], fromStart: boolean): UntrustedWatch {
  let since = fromStart ? 0 : null;
  function add(step: number, results: readonly { untrusted: boolean }[]): void {
    if (results.some(({ untrusted }) => untrusted)) since ??= step;
  }
  for (const { number, toolCalls } of steps) {
    add(
      number,
      toolCalls.flatMap(({ result }) => result ?? []),
    );
  }
  return { since: () => since, add };
}
