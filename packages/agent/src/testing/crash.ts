import type { Journal } from '../journal.ts';

export class Crash extends Error {}

export function isCrashOrOutcome(value: unknown): boolean {
  return value instanceof Crash || (typeof value === 'object' && value !== null && 'kind' in value);
}

/** A journal whose process dies: after so many commits nothing is written, and the last one's answer may be lost too. */
export function crashAfter(journal: Journal, commits: number, isLastAnswerLost: boolean): Journal {
  let left = commits;
  async function pass(commit: () => Promise<void>): Promise<void> {
    if (left === 0) throw new Crash();
    left -= 1;
    await commit();
    if (left === 0 && isLastAnswerLost) throw new Crash();
  }
  return {
    commitResponse: (commit) => pass(() => journal.commitResponse(commit)),
    commitSummary: (commit) => pass(() => journal.commitSummary(commit)),
    startToolCall: (start) => pass(() => journal.startToolCall(start)),
    commitToolResult: (commit) => pass(() => journal.commitToolResult(commit)),
    commitUnusedCall: (commit) => pass(() => journal.commitUnusedCall(commit)),
  };
}
