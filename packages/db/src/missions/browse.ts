import { type AgentRef, MISSION_STATUSES, type MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { type CreatedRange, createdWithin, type Found, hasStatus, idWithin, momentWithin, searchBy } from './find.ts';
import { listFound } from './list.ts';
import type { ListedMission } from './mission-row.ts';

/** Which of an account's missions to list: at most one of agent, session and tag, and any of the rest. */
export type MissionListing = CreatedRange & {
  accountId: string;
  /** Without a version: all of them. */
  agent?: AgentRef | undefined;
  sessionId?: string | undefined;
  tag?: string | undefined;
  statuses?: readonly MissionStatus[] | undefined;
};

/** `next`: the id after which the next page begins; `null`: there is none. */
export type MissionsPage = { missions: ListedMission[]; next: string | null };

/**
 * However few of a tag's missions are wanted, one page looks through so many at most, and may be short: 5,000 took 50 ms at
 * p95 with a million missions stored, which is what a list may take.
 */
const LOOKED_THROUGH = 4_000;

/**
 * A page of an account's missions, newest first. Each filter has an index in the order of the page, so that what is
 * rare, or not there at all, is found as fast as what is common. A tag has none for each status: many missions may have
 * both their tag in common and little else, so only so many of them are looked through at a time.
 */
export async function browseMissions(client: Client, listing: MissionListing, found: Found): Promise<MissionsPage> {
  const { before, limit } = found;
  const { missions, endsAt } = await listFound(client, searchFor(listing, { before, limit: limit + 1 }));
  const shown = missions.slice(0, limit);
  const next = missions.length > limit ? shown.at(-1)?.id : endsAt;
  return { missions: shown, next: next ?? null };
}

function searchFor(listing: MissionListing, found: Found): Prisma.Sql {
  const { accountId, agent, sessionId, tag, statuses, ...range } = listing;
  if (agent) return ofAgent(listing, agent, found);
  if (sessionId !== undefined) return ofSession(listing, sessionId, found);
  const [first, ...others] = statuses ?? [];
  // Those that run are few, and sooner looked through than what a tag has.
  const isOfRunning = first === 'running' && others.length === 0;
  if (tag !== undefined && !isOfRunning) return ofTag(listing, tag, found);
  if (first === undefined) return ofAccount(listing, found);
  return searchBy({ accountId, statuses: [first, ...others], tag, ...range }, found);
}

function ofAccount(listing: MissionListing, found: Found): Prisma.Sql {
  return Prisma.sql`
    SELECT m.id, false AS "isEnd" FROM missions m
    WHERE m.account_id = ${listing.accountId} AND ${createdWithin(listing, found)}
    ORDER BY m.id DESC LIMIT ${found.limit}::int`;
}

function ofAgent(listing: MissionListing, { name, version }: AgentRef, found: Found): Prisma.Sql {
  return Prisma.sql`
    SELECT f.id, false AS "isEnd"
    FROM agents a CROSS JOIN LATERAL (${inEachStatus(Prisma.sql`m.agent_id = a.id`, listing, found)}) f
    WHERE a.account_id = ${listing.accountId} AND a.name = ${name}
      AND (${version}::int IS NULL OR a.version = ${version}::int)
    ORDER BY f.id DESC LIMIT ${found.limit}::int`;
}

function ofSession(listing: MissionListing, sessionId: string, found: Found): Prisma.Sql {
  return Prisma.sql`
    SELECT f.id, false AS "isEnd"
    FROM sessions s CROSS JOIN LATERAL (${inEachStatus(Prisma.sql`m.session_id = s.id`, listing, found)}) f
    WHERE s.account_id = ${listing.accountId} AND s.id = ${sessionId}
    ORDER BY f.id DESC LIMIT ${found.limit}::int`;
}

/** The newest of each status, of which the newest of all are among. */
function inEachStatus(whose: Prisma.Sql, listing: MissionListing, found: Found): Prisma.Sql {
  return Prisma.sql`
    SELECT o.id
    FROM unnest(${statusesOf(listing)}::mission_status[]) AS t(status)
    CROSS JOIN LATERAL (
      SELECT m.id FROM missions m
      WHERE ${whose} AND m.status = t.status AND ${createdWithin(listing, found)}
      ORDER BY m.id DESC LIMIT ${found.limit}::int
    ) o`;
}

function ofTag(listing: MissionListing, tag: string, found: Found): Prisma.Sql {
  const { accountId } = listing;
  const tagged = Prisma.sql`
    SELECT g.mission_id FROM mission_tags g
    WHERE g.account_id = ${accountId} AND g.tag = ${tag} AND ${idWithin(Prisma.sql`g.mission_id`, listing, found)}
    ORDER BY g.mission_id DESC`;
  return Prisma.sql`
    (SELECT t.mission_id AS id, false AS "isEnd"
     FROM (${tagged} LIMIT ${LOOKED_THROUGH}::int) t ${amongTagged(listing)}
     ORDER BY t.mission_id DESC LIMIT ${found.limit}::int)
    UNION ALL
    SELECT e.mission_id, true FROM (${tagged} OFFSET ${LOOKED_THROUGH - 1}::int LIMIT 1) e`;
}

/**
 * Which of the tagged missions `t` are wanted. Each is looked for by its id among those of a status, mostly a place in
 * an index where nothing is found: joined as a whole, all that ever failed in the deployment was read.
 */
function amongTagged({ accountId, statuses, ...range }: MissionListing): Prisma.Sql {
  const { createdAfter, createdBefore } = range;
  if (!statuses && !createdAfter && !createdBefore) return Prisma.empty;
  const isMeant = Prisma.sql`m.id = t.mission_id AND m.account_id = ${accountId} AND ${momentWithin(range)}`;
  const those = (statuses?.map(hasStatus) ?? [Prisma.sql`true`]).map(
    (isOfStatus) => Prisma.sql`SELECT FROM missions m WHERE ${isMeant} AND ${isOfStatus}`,
  );
  // LIMIT keeps Postgres from looking the other way round: through all of a status for what is tagged.
  return Prisma.sql`CROSS JOIN LATERAL (${Prisma.join(those, ' UNION ALL ')} LIMIT 1) w`;
}

function statusesOf({ statuses }: MissionListing): MissionStatus[] {
  return [...(statuses ?? MISSION_STATUSES)];
}
