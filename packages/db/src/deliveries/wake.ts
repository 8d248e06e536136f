import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { type DeliveryLimits, roomOf } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runRepeatedly, runStatement } from '../statement.ts';

/** A delivery to be rung; `rings` numbers its bell. */
export type DueDelivery = { deliveryId: string; rings: number };

/**
 * Deliveries of this endpoint that were held back, and have room now; the longest due first. A statement of its own, after
 * the commit that made the room: within it, one that is being turned away at that moment would not be seen.
 *
 * Whoever has others in hand is followed by as many wakes, so each takes one; the first of all, or the last, takes all
 * that fit.
 */
export async function wakeDeliveries(
  client: Client,
  limits: DeliveryLimits,
  endpointId: string,
): Promise<DueDelivery[]> {
  const room = Prisma.sql`CASE WHEN w.in_flight > 0 AND w.disabled_at IS NULL
                               THEN LEAST(${roomOf(limits)}, 1) ELSE ${roomOf(limits)} END`;
  return wake(client, { room, which: Prisma.sql`SELECT ${endpointId}::text AS id`, locked: Prisma.empty });
}

/** The same for every endpoint that has room: what a crash has kept from being woken, and what was to wait for its moment. */
export async function wakeAllDeliveries(client: Client, limits: DeliveryLimits): Promise<DueDelivery[]> {
  const room = roomOf(limits);
  const which = Prisma.sql`
    SELECT w.id FROM webhook_endpoints w WHERE w.held_back_at IS NOT NULL AND ${room} > 0
    ORDER BY w.held_back_at LIMIT ${SWEEP_BATCH_ROWS}::int`;
  // Whoever has one of them locked wakes it, or is the next sweep's.
  return wake(client, { room, which, locked: Prisma.sql`SKIP LOCKED` });
}

async function wake(
  client: Client,
  { room, which, locked }: { room: Prisma.Sql; which: Prisma.Sql; locked: Prisma.Sql },
): Promise<DueDelivery[]> {
  return runStatement<DueDelivery>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (
        SELECT w.id, ${room} AS room
        FROM webhook_endpoints w
        WHERE w.id IN (${which}) AND w.held_back_at IS NOT NULL
        ORDER BY w.id
        FOR NO KEY UPDATE OF w ${locked}
      ), next AS MATERIALIZED (
        SELECT n.id
        FROM endpoint e
        CROSS JOIN LATERAL (
          SELECT d.id FROM deliveries d
          WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.held_back_at IS NOT NULL AND d.next_attempt_at <= now()
          ORDER BY d.next_attempt_at
          LIMIT e.room
        ) n
        LIMIT ${SWEEP_BATCH_ROWS}::int
      ), locked AS MATERIALIZED (
        SELECT d.id FROM deliveries d JOIN next n ON n.id = d.id
        WHERE d.status::text = 'pending' AND d.held_back_at IS NOT NULL
        ORDER BY d.id
        FOR NO KEY UPDATE OF d SKIP LOCKED
      )
      UPDATE deliveries d SET held_back_at = NULL, rings = d.rings + 1, rung_at = now()
      FROM locked l WHERE d.id = l.id
      RETURNING d.id AS "deliveryId", d.rings`,
  );
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
