import type { MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { type EraseOutcome, eraseMissions } from '../missions/erase.ts';
import { runByIndex, runLocked } from '../statement.ts';

/** So many missions of a session are looked at together, with those that they have started. */
const ERASED_TOGETHER = 50;

/** `hasBegun`: missions that had ended are gone, and the session is not. */
export type SessionErasure =
  | Exclude<EraseOutcome, { kind: 'not_ended' }>
  | (Extract<EraseOutcome, { kind: 'not_ended' }> & { hasBegun: boolean });

/**
 * Deletes a session of the account with all that was said in it: its plan, its memories, its missions, and those that they
 * have started. What was spent stays in the ledger. As long as one of its own has not ended, nothing is erased.
 *
 * The session goes last: cut off in between, it is still there to be erased again. A mission that is posted into it while
 * it is erased, or that is found then to have started one that has not ended, keeps the session and what is left of it.
 */
export async function eraseSession(client: Client, accountId: string, sessionId: string): Promise<SessionErasure> {
  const of = { accountId, sessionId };
  let hasBegun = false;
  for (;;) {
    const status = await findUnfinished(client, of);
    if (status) return { kind: 'not_ended', who: 'itself', status, hasBegun };
    for (;;) {
      const ids = await readMissions(client, of);
      if (ids.length === 0) break;
      const outcome = await eraseMissions(client, accountId, ids);
      if (outcome.kind === 'not_ended') return { ...outcome, hasBegun };
      hasBegun = true;
    }
    const outcome = await deleteEmpty(client, of);
    if (outcome !== 'in_use') return { kind: outcome };
  }
}

type Named = { accountId: string; sessionId: string };

/**
 * What one of the session's own missions is that has not ended. Whom they have started is looked at a batch at a time: there
 * may be more of them than a statement can read in its time.
 */
async function findUnfinished(client: Client, { accountId, sessionId }: Named): Promise<MissionStatus | undefined> {
  const [found] = await runByIndex<{ status: MissionStatus }>(
    client,
    Prisma.sql`
      SELECT m.status FROM missions m
      WHERE m.session_id = ${sessionId} AND m.account_id = ${accountId} AND m.status IN ('queued', 'running', 'waiting')
      LIMIT 1`,
  );
  return found?.status;
}

/** In the order of their index, in which what has not ended comes first. */
async function readMissions(client: Client, { accountId, sessionId }: Named): Promise<string[]> {
  const rows = await runByIndex<{ id: string }>(
    client,
    Prisma.sql`
      SELECT m.id FROM missions m WHERE m.session_id = ${sessionId} AND m.account_id = ${accountId}
      ORDER BY m.status, m.id
      LIMIT ${ERASED_TOGETHER}::int`,
  );
  return rows.map(({ id }) => id);
}

/** The lock is taken by a statement before: whoever stores a mission of it waits, or is seen by the one that deletes. */
async function deleteEmpty(
  client: Client,
  { accountId, sessionId }: Named,
): Promise<'erased' | 'in_use' | 'not_found'> {
  const [session] = await runLocked<{ isThere: boolean; isGone: boolean }>(client, {
    lock: Prisma.sql`SELECT s.id FROM sessions s WHERE s.id = ${sessionId} AND s.account_id = ${accountId} FOR UPDATE`,
    statement: Prisma.sql`
      WITH gone AS (
        DELETE FROM sessions s
        WHERE s.id = ${sessionId} AND s.account_id = ${accountId}
          AND NOT EXISTS (SELECT FROM missions m WHERE m.session_id = s.id)
        RETURNING s.id
      )
      SELECT EXISTS (SELECT FROM sessions s WHERE s.id = ${sessionId} AND s.account_id = ${accountId}) AS "isThere",
             EXISTS (SELECT FROM gone) AS "isGone"`,
  });
  if (session?.isThere !== true) return 'not_found';
  return session.isGone ? 'erased' : 'in_use';
}
