import type { MemoryStore, OutputStore, PlanStore, Workspace } from '@flotilla/agent';
import { FencedError, MEMORIES_MAX, type Ownership } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import { whileLive } from './while-live.ts';

export type ToolStoresOptions = {
  db: Pick<Database, 'workspace' | 'plans' | 'memories' | 'steps'>;
  /** Whether this worker has its lease, and so its missions. */
  isLive: () => boolean;
  logger: Pick<Logger, 'warn'>;
};

export type ToolStores = { workspace: Workspace; plan: PlanStore; memory: MemoryStore; outputs: OutputStore };

/**
 * What the missions' tools keep, in Postgres. A database that is away is waited for while the lease holds, like the
 * journal's.
 */
export function createToolStores({ db, isLive, logger }: ToolStoresOptions): ToolStores {
  /** Hands on whose write it is and nothing else of the call's context. */
  async function patiently<T>(
    { missionId, attempt }: Ownership,
    work: (owner: Ownership) => Promise<T | 'fenced'>,
  ): Promise<T> {
    const owner: Ownership = { missionId, attempt };
    const outcome = await whileLive(
      {
        owner,
        isLive,
        onAgain: ({ message }) =>
          logger.warn('the database is away: trying again', { missionId, attempt, error: message }),
      },
      () => work(owner),
    );
    if (outcome === 'fenced') throw new FencedError(missionId, attempt);
    return outcome;
  }

  return {
    outputs: {
      read: (call, { missionId: of, step, index }) =>
        patiently(call, ({ missionId }) => db.steps.readOutput({ missionId, of, step, index })),
    },
    workspace: {
      list: (call) => patiently(call, ({ missionId }) => db.workspace.list(missionId)),
      read: (call, paths) => patiently(call, ({ missionId }) => db.workspace.read({ missionId, paths })),
      async change(call, { written, removed }) {
        const outcome = await patiently(call, (owner) => db.workspace.change({ ...owner, written, removed }));
        if (outcome !== 'changed') throw new Error(outcome.refused);
      },
    },
    plan: {
      read: (call) => patiently(call, ({ missionId }) => db.plans.read(missionId)),
      async write(call, items) {
        await patiently(call, (owner) => db.plans.write({ ...owner, items }));
      },
    },
    memory: {
      read: (call) => patiently(call, ({ missionId }) => db.memories.read(missionId)),
      async write(call, { key, content }) {
        const outcome = await patiently(call, (owner) => db.memories.write({ ...owner, key, content }));
        if (outcome === 'no_session') {
          throw new Error('This task belongs to no conversation; nothing can be remembered.');
        }
        if (outcome === 'full') {
          throw new Error(`${MEMORIES_MAX} things are remembered, as many as may be. Forget one.`);
        }
      },
    },
  };
}
