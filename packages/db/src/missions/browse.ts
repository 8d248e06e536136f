import { type AgentRef, MISSION_STATUSES, type Mission, type MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex } from '../statement.ts';
import { type CreatedRange, createdWithin, type Found, findMissionIds, idWithin } from './find.ts';
import { readMissions } from './read.ts';

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
export type MissionsPage = { missions: Mission[]; next: string | null };

type Row = { id: string; isEnd: boolean };

/** However few of a tag's missions are wanted, one page looks through so many at most, and may be short. */
const LOOKED_THROUGH = 5_000;

/**
 * A page of an account's missions, newest first. Each filter has an index in the order of the page, so that what is
 * rare, or not there at all, is found as fast as what is common. A tag has none for each status: many missions may have
 * both their tag in common and little else, so only so many of them are looked through at a time.
 */
export async function browseMissions(client: Client, listing: MissionListing, found: Found): Promise<MissionsPage> {
  const { before, limit } = found;
  const rows = await readRows(client, listing, { before, limit: limit + 1 });
  const ids = rows.flatMap(({ id, isEnd }) => (isEnd ? [] : id));
  const shown = ids.slice(0, limit);
  const end = ids.length > limit ? shown.at(-1) : rows.find(({ isEnd }) => isEnd)?.id;
  return { missions: await readMissions(client, listing.accountId, shown), next: end ?? null };
}

async function readRows(client: Client, listing: MissionListing, found: Found): Promise<Row[]> {
  const { accountId, agent, sessionId, tag, statuses } = listing;
  if (agent) return runByIndex<Row>(client, ofAgent(listing, agent, found));
  if (sessionId !== undefined) return runByIndex<Row>(client, ofSession(listing, sessionId, found));
  if (tag !== undefined) return runByIndex<Row>(client, ofTag(listing, tag, found));
  const [first, ...others] = statuses ?? [];
  if (first === undefined) return runByIndex<Row>(client, ofAccount(listing, found));
  const { createdAfter, createdBefore } = listing;
  const filter = { accountId, statuses: [first, ...others], createdAfter, createdBefore } as const;
  return (await findMissionIds(client, filter, found)).map((id) => ({ id, isEnd: false }));
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
    (SELECT m.id, false AS "isEnd"
     FROM (${tagged} LIMIT ${LOOKED_THROUGH}::int) t JOIN missions m ON m.id = t.mission_id
     WHERE m.status = ANY (${statusesOf(listing)}::mission_status[]) AND ${createdWithin(listing, found)}
     ORDER BY t.mission_id DESC LIMIT ${found.limit}::int)
    UNION ALL
    SELECT e.mission_id, true FROM (${tagged} OFFSET ${LOOKED_THROUGH - 1}::int LIMIT 1) e`;
}

function statusesOf({ statuses }: MissionListing): MissionStatus[] {
  return [...(statuses ?? MISSION_STATUSES)];
}
