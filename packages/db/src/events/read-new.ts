import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';
import type { StoredEvent } from './read.ts';

/** How far a mission's events have come; `isEnded`: there will be no more. */
export type Newest = { missionId: string; sequence: number; isEnded: boolean };

/** Who reads a mission's events from where; `reader` is the caller's own number for it. */
export type Position = { reader: number; missionId: string; after: number };

export type NewEvent = StoredEvent & { reader: number };

/** How far the events of these missions have come, whoever's they are; those that are gone are left out. */
export async function readNewest(client: Client, missionIds: readonly string[]): Promise<Newest[]> {
  return runStatement<Newest>(
    client,
    Prisma.sql`
      SELECT m.id AS "missionId", m.event_sequence AS sequence, m.finished_at IS NOT NULL AS "isEnded"
      FROM missions m WHERE m.id = ANY (${missionIds})`,
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
