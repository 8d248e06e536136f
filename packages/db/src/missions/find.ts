import { firstIdAt, isTerminal, type MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex } from '../statement.ts';
import { listFound } from './list.ts';
import type { ListedMission } from './mission-row.ts';

/** From the one moment on, and before the other. */
export type CreatedRange = { createdAfter?: Date | undefined; createdBefore?: Date | undefined };

/** Which of an account's missions; what is left out does not matter. */
export type MissionFilter = CreatedRange & {
  accountId: string;
  statuses: readonly [MissionStatus, ...MissionStatus[]];
  /** The code of its status. */
  code?: string | undefined;
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

/** The ids of the missions that a filter lets through, newest first. */
export async function findMissionIds(client: Client, filter: MissionFilter, found: Found): Promise<string[]> {
  const rows = await runByIndex<{ id: string }>(client, searchBy(filter, found));
  return rows.map((row) => row.id);
}

/** The missions that a filter lets through, newest first. */
export async function findMissions(client: Client, filter: MissionFilter, found: Found): Promise<ListedMission[]> {
  return (await listFound(client, searchBy(filter, found))).missions;
}

/**
 * A search for `listFound`. Each status is looked for by itself, in an index of its own: what matches nothing would else
 * be looked for in all that the account ever had.
 */
export function searchBy(filter: MissionFilter, found: Found): Prisma.Sql {
  const conditions = Prisma.join(conditionsOf(filter, found), ' AND ');
  const ofEach = filter.statuses.map(
    (status) => Prisma.sql`
      (SELECT m.id FROM ${missionsThatAre(status)} m WHERE ${conditions}
       ORDER BY m.id DESC LIMIT ${found.limit}::int)`,
  );
  return Prisma.sql`
    SELECT o.id, false AS "isEnd" FROM (${Prisma.join(ofEach, ' UNION ALL ')}) o
    ORDER BY o.id DESC LIMIT ${found.limit}::int`;
}

function missionsThatAre(status: MissionStatus): Prisma.Sql {
  const those = Prisma.sql`SELECT * FROM missions m WHERE ${hasStatus(status)}`;
  // Those that run are few, and their index is not in the order of the page: OFFSET keeps Postgres from taking the one
  // that is, and holds all that the account ever had.
  return status === 'running' ? Prisma.sql`(${those} OFFSET 0)` : Prisma.sql`(${those})`;
}

/** Of the mission `m`. Written out, not a parameter: only so does Postgres see that a partial index serves. */
export function hasStatus(status: MissionStatus): Prisma.Sql {
  return Prisma.raw(`m.status = '${status}'${isTerminal(status) ? ' AND m.finished_at IS NOT NULL' : ''}`);
}

function conditionsOf(filter: MissionFilter, found: Found): Prisma.Sql[] {
  const { accountId, code, tag, sessionId } = filter;
  return [
    Prisma.sql`m.account_id = ${accountId}`,
    createdWithin(filter, found),
    ...(code === undefined ? [] : [Prisma.sql`m.status_code = ${code}`]),
    ...(tag === undefined ? [] : [Prisma.sql`${tag} = ANY (m.tags)`]),
    ...(sessionId === undefined ? [] : [Prisma.sql`m.session_id = ${sessionId}`]),
    ...(filter.isUnretried ? [Prisma.sql`NOT EXISTS (SELECT FROM missions r WHERE r.retry_of = m.id)`] : []),
    ...(filter.isUncancelled ? [Prisma.sql`m.cancel_requested_at IS NULL`] : []),
  ];
}

/** That the mission `m` was created in the range, and comes after the page before. */
export function createdWithin(range: CreatedRange, found: Pick<Found, 'before'>): Prisma.Sql {
  return Prisma.sql`${idWithin(Prisma.sql`m.id`, range, found)} AND ${momentWithin(range)}`;
}

/** That the mission `m` was created in the range, by the moment alone. */
export function momentWithin({ createdAfter, createdBefore }: CreatedRange): Prisma.Sql {
  const bounds = [
    ...(createdAfter === undefined ? [] : [Prisma.sql`m.created_at >= ${createdAfter}`]),
    ...(createdBefore === undefined ? [] : [Prisma.sql`m.created_at < ${createdBefore}`]),
  ];
  return allOf(bounds);
}

/** That an id lies after the page before, and where those of missions that were created in the range are. */
export function idWithin(id: Prisma.Sql, range: CreatedRange, { before }: Pick<Found, 'before'>): Prisma.Sql {
  const idAt = (at: Date, ms: number) => firstIdAt('mission', new Date(at.getTime() + ms));
  const { createdAfter, createdBefore } = range;
  const bounds = [
    ...(before === null ? [] : [Prisma.sql`${id} < ${before}`]),
    ...(createdAfter === undefined ? [] : [Prisma.sql`${id} >= ${idAt(createdAfter, -CLOCKS_DIFFER_MS)}`]),
    ...(createdBefore === undefined ? [] : [Prisma.sql`${id} < ${idAt(createdBefore, CLOCKS_DIFFER_MS)}`]),
  ];
  return allOf(bounds);
}

function allOf(bounds: readonly Prisma.Sql[]): Prisma.Sql {
  return bounds.length === 0 ? Prisma.sql`true` : Prisma.join([...bounds], ' AND ');
}
