import type { Journal } from '@flotilla/agent';
import { FencedError } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { FencedWrite, WorkerFacts } from './facts.ts';
import { type WhileLive, whileLive } from './while-live.ts';

/** The loop's journal in Postgres. `commits` counts the steps this run has added to it. */
export type WorkerJournal = Journal & { readonly commits: number };

/** Every commit carries its owner, and a commit that finds another owner throws. */
export function createJournal(
  db: Pick<Database, 'steps'>,
  live: WhileLive,
  facts: Pick<WorkerFacts, 'stepCommitted' | 'fenced'>,
): WorkerJournal {
  const { owner } = live;
  let commits = 0;

  async function commit(kind: FencedWrite, write: () => Promise<'committed' | 'fenced'>): Promise<void> {
    const outcome = await whileLive(live, write);
    if (outcome === 'committed') return;
    facts.fenced(kind);
    throw new FencedError(owner.missionId, owner.attempt);
  }
  return {
    get commits() {
      return commits;
    },
    async commitResponse(response) {
      await commit('response', () => db.steps.commitResponse({ ...owner, ...response }));
      commits += 1;
      facts.stepCommitted();
    },
    startToolCall: (start) => commit('tool_start', () => db.steps.startToolCall({ ...owner, ...start })),
    commitToolResult: (result) => commit('tool_result', () => db.steps.commitToolResult({ ...owner, ...result })),
  };
}
