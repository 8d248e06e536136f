import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { KEPT } from '../kept.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import type { StoredEvent } from './read.ts';

/** How far a mission's events have come; `isEnded`: there will be no more. */
export type Newest = { sequence: number; isEnded: boolean };

/** Who reads a mission's events from where; `reader` is the caller's own number for it. */
export type Position = { reader: number; missionId: string; after: number };

export type Behind = { reader: number; isGone: boolean };

export type NewEvent = StoredEvent & { reader: number };

/** How far the events of a mission have come, whoever's it is; `null`: it is gone. */
export async function readNewest(client: Client, missionId: string): Promise<Newest | null> {
  const [newest] = await runStatement<Newest>(
    client,
    Prisma.sql`
      ${KEPT} SELECT event_sequence AS sequence, finished_at IS NOT NULL AS "isEnded"
      FROM missions WHERE id = ${missionId}`,
  );
  return newest ?? null;
}

/**
 * Those of many readers for whom something has come since their positions, or whose mission is gone. Thousands are asked
 * for at a time and next to none of them is behind: a row for each took an API process 20 ms without a pause.
 */
export async function readBehind(client: Client, positions: readonly Position[]): Promise<Behind[]> {
  return runStatement<Behind>(
    client,
    Prisma.sql`
      SELECT p.reader, m.id IS NULL AS "isGone"
      FROM (
        SELECT * FROM ${recordset(positions)} AS i(reader int, "missionId" text, after int) WHERE ${lookedUp('missionId')}
      ) p LEFT JOIN missions m ON m.id = p."missionId"
      WHERE m.id IS NULL OR m.event_sequence > p.after`,
  );
}

/** What has come for many readers since their positions, in order, at most `limit` for each of them. */
export async function readNewEvents(
  client: Client,
  { positions, limit }: { positions: readonly Position[]; limit: number },
): Promise<NewEvent[]> {
  return runStatement<NewEvent>(
    client,
    Prisma.sql`
      SELECT p.reader, e.sequence, e.type, e.data, e.created_at AS "createdAt"
      FROM ${recordset(positions)} AS p(reader int, "missionId" text, after int)
      CROSS JOIN LATERAL (
        SELECT * FROM mission_events e
        WHERE e.mission_id = p."missionId" AND e.sequence > p.after
        ORDER BY e.sequence LIMIT ${limit}::int
      ) e
      ORDER BY p.reader, e.sequence`,
  );
}
