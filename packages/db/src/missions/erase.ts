import type { MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { REMOVED } from './remove.ts';

/**
 * `not_ended`: the mission itself, one that it has started, or the one that has started it and is still to be told what
 * came of it. Nothing was erased then.
 */
export type EraseOutcome =
  | { kind: 'erased' }
  | { kind: 'not_found' }
  | { kind: 'not_ended'; who: 'itself' | 'descendant' | 'parent'; status: MissionStatus };

type Relative = { id: string; level: number; status: MissionStatus; hasEnded: boolean };

/** Small enough that its locks are gone in a moment, whatever a mission drags along. */
const ERASED_TOGETHER = 100;

/**
 * Deletes an ended mission of the account, and all missions that it and they have started, with everything that hangs on
 * them. Webhooks that are still owed are owed no longer; what was spent stays in the ledger. Its session goes on without
 * it, and retries and forks of it are missions of their own.
 *
 * The youngest generation goes first, a batch a statement: cut off in between, it is still there to be erased again.
 */
export async function eraseMission(client: Client, accountId: string, missionId: string): Promise<EraseOutcome> {
  const relatives = await readFamily(client, accountId, missionId);
  const unfinished = relatives.find(({ hasEnded }) => !hasEnded);
  if (unfinished) return { kind: 'not_ended', who: whoIs(unfinished), status: unfinished.status };
  const ids = relatives.flatMap(({ id, level }) => (level < 0 ? [] : id));
  if (ids.length === 0) return { kind: 'not_found' };
  for (let start = 0; start < ids.length; start += ERASED_TOGETHER) {
    await removeEnded(client, accountId, ids.slice(start, start + ERASED_TOGETHER));
  }
  return { kind: 'erased' };
}

/** The mission (level 0), who has started it (-1), and whom it has started, the youngest generation first. */
async function readFamily(client: Client, accountId: string, missionId: string): Promise<Relative[]> {
  return runStatement<Relative>(
    client,
    Prisma.sql`
      WITH RECURSIVE family AS (
        SELECT m.id, m.parent_mission_id, m.status, m.finished_at, 0 AS level
        FROM missions m WHERE m.id = ${missionId} AND m.account_id = ${accountId}
        UNION ALL
        SELECT c.id, c.parent_mission_id, c.status, c.finished_at, f.level + 1
        FROM family f JOIN missions c ON c.parent_mission_id = f.id
      )
      SELECT f.id, f.level, f.status, f.finished_at IS NOT NULL AS "hasEnded" FROM family f
      UNION ALL
      SELECT p.id, -1, p.status, p.finished_at IS NOT NULL FROM family f JOIN missions p ON p.id = f.parent_mission_id
      WHERE f.level = 0
      ORDER BY level DESC, id`,
  );
}

function whoIs({ level }: Relative): 'itself' | 'descendant' | 'parent' {
  if (level === 0) return 'itself';
  return level > 0 ? 'descendant' : 'parent';
}

async function removeEnded(client: Client, accountId: string, ids: readonly string[]): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`
      WITH session AS MATERIALIZED (
        SELECT s.id FROM sessions s
        WHERE s.id IN (SELECT m.session_id FROM missions m WHERE m.id = ANY (${[...ids]}))
        ORDER BY s.id
        FOR NO KEY UPDATE
      ), ended AS MATERIALIZED (
        SELECT m.id, m.session_id FROM missions m
        WHERE m.id = ANY (${[...ids]}) AND m.account_id = ${accountId} AND m.finished_at IS NOT NULL
          -- Counting them makes sure that the sessions are locked before any mission is.
          AND (SELECT count(*) FROM session) >= 0
        ORDER BY m.id
        FOR UPDATE
      ), left_session AS (
        -- It has had its turn; its id is not to be shown any more.
        UPDATE sessions s SET active_mission_id = NULL
        FROM ended e WHERE s.id = e.session_id AND s.active_mission_id = e.id
      ), ${REMOVED}
      SELECT count(*)::int AS erased FROM gone`,
  );
}
