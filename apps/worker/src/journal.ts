import type { Journal } from '@flotilla/agent';
import { FencedError } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { type WhileLive, whileLive } from './while-live.ts';

/** The loop's journal in Postgres. `commits` counts the steps this run has added to it. */
export type WorkerJournal = Journal & { readonly commits: number };

/** Every commit carries its owner, and a commit that finds another owner throws. */
export function createJournal(db: Pick<Database, 'steps'>, live: WhileLive): WorkerJournal {
  const { owner } = live;
  let commits = 0;

  async function commit(write: () => Promise<'committed' | 'fenced'>): Promise<void> {
    const outcome = await whileLive(live, write);
    if (outcome === 'fenced') throw new FencedError(owner.missionId, owner.attempt);
  }
  return {
    get commits() {
      return commits;
    },
    async commitResponse(response) {
      await commit(() => db.steps.commitResponse({ ...owner, ...response }));
      commits += 1;
    },
    startToolCall: (start) => commit(() => db.steps.startToolCall({ ...owner, ...start })),
    commitToolResult: (result) => commit(() => db.steps.commitToolResult({ ...owner, ...result })),
  };
}
