import { firstIdAt, type Mission, type MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex } from '../statement.ts';
import { readMissions } from './read.ts';

/** Which of an account's missions; what is left out does not matter. */
export type MissionFilter = {
  accountId: string;
  statuses: readonly [MissionStatus, ...MissionStatus[]];
  /** The code of its status. */
  code?: string | undefined;
  createdAfter?: Date | undefined;
  createdBefore?: Date | undefined;
  tag?: string | undefined;
  sessionId?: string | undefined;
  /** Only what nobody has retried; only what nobody has asked to stop. */
  isUnretried?: boolean;
  isUncancelled?: boolean;
};

/** The id the page starts after, and how many to find at most. */
export type Found = { before: string | null; limit: number };

/** Ids are dated by the clock of the process that made them, and only narrow the search; `created_at` decides. */
const CLOCKS_DIFFER_MS = 3_600_000;

/**
 * The ids of the missions that a filter lets through, newest first. Each status is looked for by itself, in an index of
 * its own: what matches nothing would else be looked for in all that the account ever had.
 */
export async function findMissionIds(client: Client, filter: MissionFilter, found: Found): Promise<string[]> {
  const conditions = Prisma.join(conditionsOf(filter, found), ' AND ');
  const ofEach = filter.statuses.map(
    (status) => Prisma.sql`
      (SELECT m.id FROM ${missionsThatAre(status)} m WHERE ${conditions}
       ORDER BY m.id DESC LIMIT ${found.limit}::int)`,
  );
  const rows = await runByIndex<{ id: string }>(
    client,
    Prisma.sql`
      SELECT id FROM (${Prisma.join(ofEach, ' UNION ALL ')}) found ORDER BY id DESC LIMIT ${found.limit}::int`,
  );
  return rows.map((row) => row.id);
}

/** The status is written out, not a parameter: only so does Postgres see that a partial index serves. */
function missionsThatAre(status: MissionStatus): Prisma.Sql {
  const those = `SELECT * FROM missions WHERE status = '${status}'`;
  // Those that run are few, and their index is not in the order of the page: OFFSET keeps Postgres from taking the one
  // that is, and holds all that the account ever had.
  return Prisma.raw(status === 'running' ? `(${those} OFFSET 0)` : `(${those})`);
}

function conditionsOf(filter: MissionFilter, { before }: Found): Prisma.Sql[] {
  const { accountId, code, createdAfter, createdBefore, tag, sessionId } = filter;
  return [
    Prisma.sql`m.account_id = ${accountId}`,
    ...(before === null ? [] : [Prisma.sql`m.id < ${before}`]),
    ...(code === undefined ? [] : [Prisma.sql`m.status_code = ${code}`]),
    ...(tag === undefined ? [] : [Prisma.sql`${tag} = ANY (m.tags)`]),
    ...(sessionId === undefined ? [] : [Prisma.sql`m.session_id = ${sessionId}`]),
    ...(createdAfter === undefined ? [] : [createdFrom(createdAfter)]),
    ...(createdBefore === undefined ? [] : [createdUntil(createdBefore)]),
    ...(filter.isUnretried ? [Prisma.sql`NOT EXISTS (SELECT FROM missions r WHERE r.retry_of = m.id)`] : []),
    ...(filter.isUncancelled ? [Prisma.sql`m.cancel_requested_at IS NULL`] : []),
  ];
}

/** The missions that a filter lets through, newest first. */
export async function findMissions(client: Client, filter: MissionFilter, found: Found): Promise<Mission[]> {
  return readMissions(client, filter.accountId, await findMissionIds(client, filter, found));
}

function createdFrom(at: Date): Prisma.Sql {
  const id = firstIdAt('mission', new Date(at.getTime() - CLOCKS_DIFFER_MS));
  return Prisma.sql`m.created_at >= ${at} AND m.id >= ${id}`;
}

function createdUntil(at: Date): Prisma.Sql {
  const id = firstIdAt('mission', new Date(at.getTime() + CLOCKS_DIFFER_MS));
  return Prisma.sql`m.created_at < ${at} AND m.id < ${id}`;
}
