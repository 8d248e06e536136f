import type { Workspace } from '@flotilla/agent';
import { FencedError, type Ownership } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import { whileLive } from './while-live.ts';

export type WorkspaceOptions = {
  db: Pick<Database, 'workspace'>;
  /** Whether this worker has its lease, and so its missions. */
  isLive: () => boolean;
  logger: Pick<Logger, 'warn'>;
};

/** The missions' files in Postgres. A database that is away is waited for while the lease holds, like the journal's. */
export function createWorkspace({ db, isLive, logger }: WorkspaceOptions): Workspace {
  const patiently = <T>({ missionId, attempt }: Ownership, work: () => Promise<T>) =>
    whileLive(
      {
        owner: { missionId, attempt },
        isLive,
        onAgain: ({ message }) =>
          logger.warn('the database is away: trying again', { missionId, attempt, error: message }),
      },
      work,
    );
  return {
    list: (owner) => patiently(owner, () => db.workspace.list(owner.missionId)),
    read: (owner, paths) => patiently(owner, () => db.workspace.read({ missionId: owner.missionId, paths })),
    async change(owner, { written, removed }) {
      const { missionId, attempt } = owner;
      const outcome = await patiently(owner, () => db.workspace.change({ missionId, attempt, written, removed }));
      if (outcome === 'fenced') throw new FencedError(missionId, attempt);
      if (outcome !== 'changed') throw new Error(outcome.refused);
    },
  };
}
