import type { Journal } from '@flotilla/agent';
import { FencedError, type Ownership } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { writeWhileLive } from './while-live.ts';

/** The loop's journal in Postgres: every commit carries its owner, and a commit that finds another owner throws. */
export function createJournal(db: Pick<Database, 'steps'>, owner: Ownership, isLive: () => boolean): Journal {
  async function commit(write: () => Promise<'committed' | 'fenced'>): Promise<void> {
    const outcome = await writeWhileLive(owner, isLive, write);
    if (outcome === 'fenced') throw new FencedError(owner.missionId, owner.attempt);
  }
  return {
    commitResponse: (response) => commit(() => db.steps.commitResponse({ ...owner, ...response })),
    startToolCall: (start) => commit(() => db.steps.startToolCall({ ...owner, ...start })),
    commitToolResult: (result) => commit(() => db.steps.commitToolResult({ ...owner, ...result })),
  };
}
