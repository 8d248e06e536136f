import { createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, runByIndex } from '../statement.ts';

/** The conversation several missions share; `activeMissionId` is the one whose turn it is, as long as it has not ended. */
export type StoredSession = { id: string; activeMissionId: string | null; createdAt: Date };

/** The row itself goes on naming whoever had the last turn, who may be long gone. */
const SHOWN = Prisma.sql`
  s.id, s.created_at AS "createdAt",
  (SELECT m.id FROM missions m WHERE m.id = s.active_mission_id AND m.finished_at IS NULL) AS "activeMissionId"`;

export async function createSession(client: Client, accountId: string): Promise<StoredSession> {
  const data = { id: createId('session'), accountId };
  try {
    return await client.session.create({ data, select: { id: true, activeMissionId: true, createdAt: true } });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** A session of this account, or `null`: another account's session does not exist for it. */
export async function readSession(client: Client, accountId: string, sessionId: string): Promise<StoredSession | null> {
  const [found] = await runByIndex<StoredSession>(
    client,
    Prisma.sql`SELECT ${SHOWN} FROM sessions s WHERE s.id = ${sessionId} AND s.account_id = ${accountId}`,
  );
  return found ?? null;
}

/** A page of an account's sessions, newest first. `before` is the id the page starts after; ids sort by time. */
export async function listSessions(
  client: Client,
  page: { accountId: string; before: string | null; limit: number },
): Promise<StoredSession[]> {
  const { accountId, before, limit } = page;
  return runByIndex<StoredSession>(
    client,
    Prisma.sql`
      SELECT ${SHOWN} FROM sessions s
      WHERE s.account_id = ${accountId} ${before === null ? Prisma.empty : Prisma.sql`AND s.id < ${before}`}
      ORDER BY s.id DESC
      LIMIT ${limit}::int`,
  );
}
