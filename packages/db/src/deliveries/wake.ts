import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { type DeliveryLimits, IS_IN_LINE, roomOf, slowInHand, WAKES_ITS_LINE } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runLocked, runStatement } from '../statement.ts';

/** A delivery to be rung; `rings` numbers its bell. */
export type DueDelivery = { deliveryId: string; rings: number };

/** An endpoint whose deliveries came to an end just now, and how many. */
export type RoomMade = { endpointId: string; made: number };

/** An account whose deliveries to slow endpoints came to an end just now, and how many. */
export type SlowRoomMade = { accountId: string; made: number };

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
  const rows = await wakeOfEndpoints(
    client,
    Prisma.sql`
      SELECT w.id, ${WAKES_ITS_LINE} AS wakes_its_line,
             CASE WHEN w.in_flight > 0 AND w.disabled_at IS NULL
                  THEN LEAST(${roomOf(limits)}, i.made) ELSE ${roomOf(limits)} END AS room
      FROM ${recordset(rooms)} AS i("endpointId" text, made int) JOIN webhook_endpoints w ON w.id = i."endpointId"
      WHERE ${lookedUp('endpointId')} AND w.held_back_at IS NOT NULL`,
  );
  const ofEndpoint = Map.groupBy(rows, (row) => row.holderId);
  return rooms.map(({ endpointId }) => (ofEndpoint.get(endpointId) ?? []).map(bellOf));
}

/**
 * The same for accounts, and what stands in their lines for slow endpoints. One that is being turned away at that moment
 * may be missed, since nobody has locked the account: the next sweep wakes it.
 */
export async function wakeSlowDeliveries(
  client: Client,
  limits: DeliveryLimits,
  rooms: SlowRoomMade[],
): Promise<DueDelivery[][]> {
  const rows = await wakeOfAccounts(
    client,
    Prisma.sql`
      SELECT a.id, CASE WHEN a.in_hand > 0 THEN LEAST(${limits.toSlowPerAccount}::int - a.in_hand, a.made)
                        ELSE ${limits.toSlowPerAccount}::int END AS room
      FROM (
        SELECT i."accountId" AS id, i.made, ${slowInHand(Prisma.sql`i."accountId"`)} AS in_hand
        FROM ${recordset(rooms)} AS i("accountId" text, made int)
      ) a`,
  );
  const ofAccount = Map.groupBy(rows, (row) => row.holderId);
  return rooms.map(({ accountId }) => (ofAccount.get(accountId) ?? []).map(bellOf));
}

/**
 * The same for every endpoint and account that has room: what a crash has kept from being woken, what was to wait for its
 * moment, and what a worker had no slot for. Of an account's line no more than it has room for, however many endpoints
 * stand there: so one account's line is in nobody's way.
 */
export async function wakeAllDeliveries(client: Client, limits: DeliveryLimits): Promise<DueDelivery[]> {
  const room = roomOf(limits);
  const ofEndpoints = await wakeOfEndpoints(
    client,
    Prisma.sql`
      SELECT w.id, ${WAKES_ITS_LINE} AS wakes_its_line, ${room} AS room
      FROM webhook_endpoints w WHERE w.held_back_at IS NOT NULL AND ${room} > 0
      ORDER BY w.held_back_at LIMIT ${SWEEP_BATCH_ROWS}::int`,
  );
  const ofAccounts = await wakeOfAccounts(
    client,
    // From one account of the index to the next: a line may be as long as it likes.
    Prisma.sql`
      WITH RECURSIVE line AS (
        (SELECT d.account_id AS id FROM deliveries d WHERE ${IS_IN_LINE} ORDER BY d.account_id LIMIT 1)
        UNION ALL
        SELECT (SELECT d.account_id FROM deliveries d WHERE ${IS_IN_LINE} AND d.account_id > l.id
                ORDER BY d.account_id LIMIT 1)
        FROM line l WHERE l.id IS NOT NULL
      )
      SELECT l.id, ${limits.toSlowPerAccount}::int - ${slowInHand(Prisma.sql`l.id`)} AS room
      FROM line l WHERE l.id IS NOT NULL`,
  );
  return [...ofEndpoints, ...ofAccounts].map(bellOf);
}

/** `holderId`: the endpoint, or the account, that has room for it. */
type WokenRow = DueDelivery & { holderId: string };

/** `endpoints`: a query of `id`, `room` and `wakes_its_line`. */
function wakeOfEndpoints(client: Client, endpoints: Prisma.Sql): Promise<WokenRow[]> {
  const isNext = Prisma.sql`
    d.endpoint_id = h.id AND d.status = 'pending' AND d.held_back_at IS NOT NULL
    AND (h.wakes_its_line OR NOT d.in_slow_lane)`;
  return wake(client, endpoints, isNext);
}

/** `accounts`: a query of `id` and `room`. */
function wakeOfAccounts(client: Client, accounts: Prisma.Sql): Promise<WokenRow[]> {
  return wake(client, accounts, Prisma.sql`d.account_id = h.id AND ${IS_IN_LINE}`);
}

/** `isNext`: whether delivery `d` waits for holder `h`. A delivery that somebody holds is passed by for the next. */
async function wake(client: Client, holders: Prisma.Sql, isNext: Prisma.Sql): Promise<WokenRow[]> {
  return runStatement<WokenRow>(
    client,
    Prisma.sql`
      WITH holder AS MATERIALIZED (${holders}), next AS MATERIALIZED (
        SELECT n.id, h.id AS holder_id
        FROM holder h
        CROSS JOIN LATERAL (
          SELECT d.id FROM deliveries d
          WHERE ${isNext} AND d.next_attempt_at <= now()
          ORDER BY d.next_attempt_at
          LIMIT GREATEST(h.room, 0)
          FOR NO KEY UPDATE OF d SKIP LOCKED
        ) n
        LIMIT ${SWEEP_BATCH_ROWS}::int
      )
      UPDATE deliveries d SET held_back_at = NULL, in_slow_lane = false, rings = d.rings + 1, rung_at = now()
      FROM next n WHERE d.id = n.id
      RETURNING d.id AS "deliveryId", d.rings, n.holder_id AS "holderId"`,
  );
}

function bellOf({ deliveryId, rings }: WokenRow): DueDelivery {
  return { deliveryId, rings };
}

export type RepairedEndpoint = { endpointId: string; counted: number; real: number };

/**
 * Forgets the marks of endpoints for whose room nobody waits any more, and sets right how many deliveries an endpoint
 * has in hand where that is wrong, by whatever deleted deliveries beside us. Only those are looked at for whose room
 * somebody waits; with the others it would do no harm.
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
                          WHERE d.endpoint_id = w.id AND d.status = 'pending' AND d.held_back_at IS NOT NULL
                            AND (${WAKES_ITS_LINE} OR NOT d.in_slow_lane))
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
  return runLocked<RepairedEndpoint>(client, {
    lock: Prisma.sql`SELECT id FROM webhook_endpoints WHERE id = ANY (${ids}) ORDER BY id FOR NO KEY UPDATE`,
    statement: Prisma.sql`
      WITH counted AS MATERIALIZED (
        SELECT w.id, w.in_flight AS counted, ${IN_HAND} AS real FROM webhook_endpoints w WHERE w.id = ANY (${ids})
      )
      UPDATE webhook_endpoints w SET in_flight = c.real
      FROM counted c WHERE w.id = c.id AND w.in_flight <> c.real
      RETURNING w.id AS "endpointId", c.counted, c.real`,
  });
}

const IN_HAND = Prisma.sql`
  (SELECT count(*)::int FROM deliveries d WHERE d.endpoint_id = w.id AND d.status = 'pending' AND d.claimed_at IS NOT NULL)`;
