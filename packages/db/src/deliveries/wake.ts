import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { type DeliveryLimits, roomOf } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runRepeatedly, runStatement } from '../statement.ts';

/** A delivery to be rung; `rings` numbers its bell. */
export type DueDelivery = { deliveryId: string; rings: number };

/** An endpoint whose deliveries came to an end just now, and how many. */
export type RoomMade = { endpointId: string; made: number };

/**
 * Deliveries of these endpoints that were held back, and have room now; the longest due first. A statement of its own,
 * after the commit that made the room: within it, one that is being turned away at that moment would not be seen. Run
 * afterwards, it sees every refusal that came before the room was free; whoever comes later finds the room itself.
 *
 * No endpoint is locked: one that is rung too many is turned away again. Whoever has others in hand is followed by as
 * many wakes, so each takes as many as it has made room for; the first of all, or the last, takes all that fit.
 */
export async function wakeDeliveries(
  client: Client,
  limits: DeliveryLimits,
  rooms: RoomMade[],
): Promise<DueDelivery[][]> {
  const rows = await wake(
    client,
    Prisma.sql`
      SELECT w.id, CASE WHEN w.in_flight > 0 AND w.disabled_at IS NULL
                        THEN LEAST(${roomOf(limits)}, i.made) ELSE ${roomOf(limits)} END AS room
      FROM ${recordset(rooms)} AS i("endpointId" text, made int) JOIN webhook_endpoints w ON w.id = i."endpointId"
      WHERE w.held_back_at IS NOT NULL`,
  );
  const ofEndpoint = Map.groupBy(rows, (row) => row.endpointId);
  return rooms.map(({ endpointId }) => (ofEndpoint.get(endpointId) ?? []).map(bellOf));
}

/** The same for every endpoint that has room: what a crash has kept from being woken, and what was to wait for its moment. */
export async function wakeAllDeliveries(client: Client, limits: DeliveryLimits): Promise<DueDelivery[]> {
  const room = roomOf(limits);
  const rows = await wake(
    client,
    Prisma.sql`
      SELECT w.id, ${room} AS room FROM webhook_endpoints w WHERE w.held_back_at IS NOT NULL AND ${room} > 0
      ORDER BY w.held_back_at LIMIT ${SWEEP_BATCH_ROWS}::int`,
  );
  return rows.map(bellOf);
}

type WokenRow = DueDelivery & { endpointId: string };

/** `endpoints`: a query of `id` and `room`. A delivery that somebody holds is passed by for the next. */
async function wake(client: Client, endpoints: Prisma.Sql): Promise<WokenRow[]> {
  return runStatement<WokenRow>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (${endpoints}), next AS MATERIALIZED (
        SELECT n.id
        FROM endpoint e
        CROSS JOIN LATERAL (
          SELECT d.id FROM deliveries d
          WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.held_back_at IS NOT NULL AND d.next_attempt_at <= now()
          ORDER BY d.next_attempt_at
          LIMIT e.room
          FOR NO KEY UPDATE OF d SKIP LOCKED
        ) n
        LIMIT ${SWEEP_BATCH_ROWS}::int
      )
      UPDATE deliveries d SET held_back_at = NULL, rings = d.rings + 1, rung_at = now()
      FROM next n WHERE d.id = n.id
      RETURNING d.id AS "deliveryId", d.rings, d.endpoint_id AS "endpointId"`,
  );
}

function bellOf({ deliveryId, rings }: WokenRow): DueDelivery {
  return { deliveryId, rings };
}

export type RepairedEndpoint = { endpointId: string; counted: number; real: number };

/**
 * Forgets the marks of endpoints for whose room nobody waits any more, and sets right how many deliveries an endpoint
 * has in hand where that is wrong: deliveries that were deleted in hand still count. Only those are looked at for
 * whose room somebody waits; with the others it would do no harm.
 */
export async function repairEndpoints(client: Client): Promise<RepairedEndpoint[]> {
  await runStatement(
    client,
    Prisma.sql`
      WITH idle AS MATERIALIZED (
        SELECT w.id FROM webhook_endpoints w
        -- A delivery that is turned away meanwhile sets the mark anew, and is seen by that.
        WHERE w.held_back_at < now() - interval '1 minute'
          AND NOT EXISTS (SELECT FROM deliveries d
                          WHERE d.endpoint_id = w.id AND d.status = 'pending' AND d.held_back_at IS NOT NULL)
        ORDER BY w.id
        LIMIT ${SWEEP_BATCH_ROWS}::int
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE webhook_endpoints w SET held_back_at = NULL FROM idle i WHERE w.id = i.id`,
  );
  const seeming = await runStatement<{ id: string }>(
    client,
    Prisma.sql`
      SELECT w.id FROM webhook_endpoints w
      WHERE w.held_back_at IS NOT NULL AND w.in_flight <> ${IN_HAND}
      ORDER BY w.held_back_at LIMIT ${SWEEP_BATCH_ROWS}::int`,
  );
  if (seeming.length === 0) return [];
  const ids = seeming.map(({ id }) => id);
  const [, repaired] = await runRepeatedly(() =>
    client.$transaction([
      client.$queryRaw`SELECT id FROM webhook_endpoints WHERE id = ANY (${ids}) ORDER BY id FOR NO KEY UPDATE`,
      client.$queryRaw<RepairedEndpoint[]>`
        WITH counted AS MATERIALIZED (
          SELECT w.id, w.in_flight AS counted, ${IN_HAND} AS real FROM webhook_endpoints w WHERE w.id = ANY (${ids})
        )
        UPDATE webhook_endpoints w SET in_flight = c.real
        FROM counted c WHERE w.id = c.id AND w.in_flight <> c.real
        RETURNING w.id AS "endpointId", c.counted, c.real`,
    ]),
  );
  return repaired;
}

const IN_HAND = Prisma.sql`
  (SELECT count(*)::int FROM deliveries d WHERE d.endpoint_id = w.id AND d.status = 'pending' AND d.claimed_at IS NOT NULL)`;
