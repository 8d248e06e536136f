import type { DeliveryFailure, DeliveryStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex, runStatement } from '../statement.ts';

/** One event owed to one endpoint. `missionId` and `eventSequence` are null where it is no mission's. */
export type StoredDelivery = {
  id: string;
  endpointId: string;
  missionId: string | null;
  eventSequence: number | null;
  eventType: string;
  status: DeliveryStatus;
  failedBecause: DeliveryFailure | null;
  attempt: number;
  /** When it is tried next, or may be; null once it is settled. */
  nextAttemptAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
};

/** One POST, and what came of it. `responseStatus` null: no answer came, and `error` says why. */
export type StoredAttempt = {
  number: number;
  startedAt: Date;
  durationMs: number;
  responseStatus: number | null;
  responseBody: string | null;
  error: string | null;
};

export type DeliveryFilter = {
  accountId: string;
  endpointId?: string | undefined;
  missionId?: string | undefined;
  status?: DeliveryStatus | undefined;
  /** The id the page starts after; ids sort by time. */
  before: string | null;
  limit: number;
};

const SHOWN = Prisma.sql`
  d.id, d.endpoint_id AS "endpointId", d.mission_id AS "missionId", d.event_sequence AS "eventSequence",
  d.event_type AS "eventType", d.status::text AS status, d.failed_because AS "failedBecause", d.attempt,
  -- A test is due before all that waits; it was not so before there was one.
  CASE WHEN d.status = 'pending' THEN GREATEST(d.next_attempt_at, d.created_at) END AS "nextAttemptAt",
  d.created_at AS "createdAt", d.finished_at AS "finishedAt"`;

/** After every id of a delivery: they go on with hexadecimal digits. */
const AFTER_ALL = 'dlv_g';

/** A page of an account's deliveries, newest first. */
export async function listDeliveries(client: Client, filter: DeliveryFilter): Promise<StoredDelivery[]> {
  const { accountId, endpointId, missionId, status, before, limit } = filter;
  const ofAccount = Prisma.sql`d.account_id = ${accountId}`;
  // Written out, not a parameter: only so does Postgres see that a partial index serves.
  const inStatus = status === undefined ? [] : [Prisma.raw(`d.status = '${status}'`)];
  if (missionId !== undefined) {
    const ofEndpoint = endpointId === undefined ? [] : [Prisma.sql`d.endpoint_id = ${endpointId}`];
    const conditions = [ofAccount, ...ofEndpoint, ...inStatus, Prisma.sql`d.id < ${before ?? AFTER_ALL}`];
    return runByIndex<StoredDelivery>(
      client,
      // A mission has a handful: OFFSET keeps Postgres from walking all of the account's in the order of the page.
      Prisma.sql`
        SELECT ${SHOWN} FROM (SELECT * FROM deliveries m WHERE m.mission_id = ${missionId} OFFSET 0) d
        WHERE ${Prisma.join(conditions, ' AND ')}
        ORDER BY d.id DESC LIMIT ${limit}::int`,
    );
  }
  const [holder, holderId, others] =
    endpointId === undefined
      ? [Prisma.sql`d.account_id`, accountId, inStatus]
      : [Prisma.sql`d.endpoint_id`, endpointId, [ofAccount, ...inStatus]];
  // A range of pairs, and their order, only the index of these pairs gives. With equals and the order of ids Postgres walked
  // the primary key, past all that the filter does not let through, wherever it thought that this would not be much.
  const range = [
    Prisma.sql`(${holder}, d.id) >= (${holderId}, '')`,
    Prisma.sql`(${holder}, d.id) < (${holderId}, ${before ?? AFTER_ALL})`,
  ];
  return runByIndex<StoredDelivery>(
    client,
    Prisma.sql`
      SELECT ${SHOWN} FROM deliveries d
      WHERE ${Prisma.join([...range, ...others], ' AND ')}
      ORDER BY ${holder} DESC, d.id DESC LIMIT ${limit}::int`,
  );
}

/** A delivery of this account, or `null`: another account's does not exist for it. */
export async function readDelivery(
  client: Client,
  accountId: string,
  deliveryId: string,
): Promise<StoredDelivery | null> {
  const [row] = await runStatement<StoredDelivery>(
    client,
    Prisma.sql`SELECT ${SHOWN} FROM deliveries d WHERE d.id = ${deliveryId} AND d.account_id = ${accountId}`,
  );
  return row ?? null;
}

/** A page of a delivery's attempts, in order, from the one after `after`. */
export async function listAttempts(
  client: Client,
  page: { deliveryId: string; after: number; limit: number },
): Promise<StoredAttempt[]> {
  return runStatement<StoredAttempt>(
    client,
    Prisma.sql`
      SELECT a.number, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.response_status AS "responseStatus",
             a.response_body AS "responseBody", a.error
      FROM delivery_attempts a
      WHERE a.delivery_id = ${page.deliveryId} AND a.number > ${page.after}::int
      ORDER BY a.number LIMIT ${page.limit}::int`,
  );
}
