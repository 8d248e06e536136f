import type { MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { isTimedOut } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { HAD_UNTRUSTED } from '../sessions/untrusted.ts';
import { runByIndex } from '../statement.ts';
import { batchesOf, DRAGGED, REMOVED } from './remove.ts';

/**
 * `not_ended`: one of the missions itself, one that it has started, or the one that has started it and is still to be told
 * what came of it. Nothing was erased then.
 */
export type EraseOutcome =
  | { kind: 'erased' }
  | { kind: 'not_found' }
  | { kind: 'not_ended'; who: 'itself' | 'descendant' | 'parent'; status: MissionStatus };

type Relative = { id: string; level: number; status: MissionStatus; hasEnded: boolean; dragged: number };

/** As many missions as one statement deletes at most, where little hangs on them. */
const ERASED_TOGETHER = 100;

/**
 * Deletes ended missions of the account, and all missions that they and those have started, with everything that hangs on
 * them. Webhooks that are still owed are owed no longer; what was spent stays in the ledger. Their sessions go on without
 * them, and retries and forks of them are missions of their own.
 *
 * The youngest generation goes first, a batch a statement: cut off in between, it is still there to be erased again.
 */
export async function eraseMissions(
  client: Client,
  accountId: string,
  missionIds: readonly string[],
): Promise<EraseOutcome> {
  const relatives = await readFamilies(client, accountId, missionIds);
  const unfinished = relatives.find(({ hasEnded }) => !hasEnded);
  if (unfinished) return { kind: 'not_ended', who: whoIs(unfinished), status: unfinished.status };
  const erased = relatives.filter(({ level }) => level >= 0);
  if (erased.length === 0) return { kind: 'not_found' };
  for (const ids of batchesOf(erased, ERASED_TOGETHER)) await removeAll(client, accountId, ids);
  return { kind: 'erased' };
}

/** What takes too long together is taken in halves. */
async function removeAll(client: Client, accountId: string, ids: readonly string[]): Promise<void> {
  try {
    await removeEnded(client, accountId, ids);
  } catch (error) {
    if (ids.length <= 1 || !isTimedOut(error)) throw error;
    const half = Math.ceil(ids.length / 2);
    await removeAll(client, accountId, ids.slice(0, half));
    await removeAll(client, accountId, ids.slice(half));
  }
}

/** The missions (level 0), who has started them (-1), and whom they have started, the youngest generation first. */
async function readFamilies(client: Client, accountId: string, missionIds: readonly string[]): Promise<Relative[]> {
  return runByIndex<Relative>(
    client,
    Prisma.sql`
      WITH RECURSIVE family AS (
        SELECT m.id, m.parent_mission_id, m.status, m.finished_at, ${DRAGGED} AS dragged, 0 AS level
        FROM missions m WHERE m.id = ANY (${[...missionIds]}) AND m.account_id = ${accountId}
        UNION ALL
        SELECT m.id, m.parent_mission_id, m.status, m.finished_at, ${DRAGGED}, f.level + 1
        FROM family f JOIN missions m ON m.parent_mission_id = f.id
      )
      SELECT f.id, f.level, f.status, f.finished_at IS NOT NULL AS "hasEnded", f.dragged::int FROM family f
      UNION ALL
      SELECT p.id, -1, p.status, p.finished_at IS NOT NULL, 0 FROM family f JOIN missions p ON p.id = f.parent_mission_id
      WHERE f.level = 0
      ORDER BY level DESC, id`,
  );
}

function whoIs({ level }: Relative): 'itself' | 'descendant' | 'parent' {
  if (level === 0) return 'itself';
  return level > 0 ? 'descendant' : 'parent';
}

async function removeEnded(client: Client, accountId: string, ids: readonly string[]): Promise<void> {
  await runByIndex(
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
        -- Its id is to be nowhere any more. The session was of use until now, and goes on knowing of strangers' words.
        UPDATE sessions s
        SET active_mission_id = CASE WHEN s.active_mission_id NOT IN (SELECT id FROM ended) THEN s.active_mission_id END,
            updated_at = now(),
            untrusted = s.untrusted OR EXISTS (
              SELECT FROM missions m
              WHERE m.session_id = s.id AND m.id IN (SELECT id FROM ended) AND ${HAD_UNTRUSTED})
        WHERE s.id IN (SELECT session_id FROM ended)
      ), ${REMOVED}
      SELECT count(*)::int AS erased FROM gone`,
  );
}
