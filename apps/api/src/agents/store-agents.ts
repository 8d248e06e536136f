import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, DatabaseUnavailableError } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { FiledAgent } from './agents-dir.ts';

const TRY_AGAIN_AFTER_MS = 2_000;
const STORED_AT_ONCE = 8;

type Deps = { db: Pick<Database, 'agents' | 'accounts'>; logger: Logger; stopping: AbortSignal };

/**
 * PUTs the agents of a folder, each for its account: an unchanged one stays the version it is, however often a process
 * starts. While the database is away it tries again; what only one agent is to blame for is logged, and keeps back no
 * other.
 */
export async function storeAgents(agents: readonly FiledAgent[], { db, logger, stopping }: Deps): Promise<void> {
  async function store({ account, name, definition, file }: FiledAgent): Promise<void> {
    const found = await db.accounts.find(account);
    if (!found) {
      logger.error('an agent was not stored: there is no account of its folder’s name', { file, account });
      return;
    }
    const { agent, isNew } = await db.agents.put({ accountId: found.id, name, definition });
    if (isNew) logger.info('an agent has a new version', { file, account, name, version: agent.version });
  }

  async function storeWhenPossible(agent: FiledAgent): Promise<void> {
    while (!stopping.aborted) {
      try {
        return await store(agent);
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError)) {
          logger.error('an agent was not stored', { file: agent.file, error });
          return;
        }
        logger.warn('the database is away: an agent is stored later', { file: agent.file, error });
        // Aborted: the loop looks for itself.
        await sleep(TRY_AGAIN_AFTER_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  const entries = agents.values();
  async function storeLane(): Promise<void> {
    // The iterator is shared: each lane takes whichever agent is next.
    for (const agent of entries) await storeWhenPossible(agent);
  }
  await Promise.all(Array.from({ length: STORED_AT_ONCE }, storeLane));
}
