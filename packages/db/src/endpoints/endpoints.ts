import { createId, type EndpointDisabledReason, WEBHOOK_ENDPOINTS_MAX } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runInLine, runStatement } from '../statement.ts';

/** A receiver of an account's webhooks, without its secrets. `isForMissions`: named by missions, and subscribed to nothing. */
export type StoredEndpoint = {
  id: string;
  url: string;
  description: string | null;
  eventTypes: string[];
  isForMissions: boolean;
  disabledAt: Date | null;
  disabledReason: EndpointDisabledReason | null;
  failingSince: Date | null;
  lastDeliveredAt: Date | null;
  quietUntil: Date | null;
  previousSecretExpiresAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

/** One endpoint of one account. */
export type EndpointKey = { accountId: string; endpointId: string };

/** `secret`: sealed. */
export type NewEndpoint = {
  accountId: string;
  url: string;
  description: string | null;
  eventTypes: readonly string[];
  isEnabled: boolean;
  secret: string;
};

/** What is left out stays as it is. */
export type EndpointChange = EndpointKey & {
  url?: string | undefined;
  description?: string | null | undefined;
  eventTypes?: readonly string[] | undefined;
  isEnabled?: boolean | undefined;
};

const SHOWN = Prisma.sql`
  w.id, w.url, w.description, w.event_types AS "eventTypes", w.for_missions AS "isForMissions",
  w.disabled_at AS "disabledAt", w.disabled_reason AS "disabledReason", w.failing_since AS "failingSince",
  w.last_delivered_at AS "lastDeliveredAt", w.quiet_until AS "quietUntil",
  CASE WHEN w.previous_secret_expires_at > now() THEN w.previous_secret_expires_at END AS "previousSecretExpiresAt",
  w.created_at AS "createdAt", w.updated_at AS "updatedAt"`;

function isOf({ accountId, endpointId }: EndpointKey): Prisma.Sql {
  return Prisma.sql`w.id = ${endpointId} AND w.account_id = ${accountId} AND w.deleted_at IS NULL`;
}

/**
 * One at a time of an account, so that it has no more of them than it may.
 * @returns `null`: it has as many
 */
export async function createEndpoint(client: Client, endpoint: NewEndpoint): Promise<StoredEndpoint | null> {
  const { accountId, url, description, eventTypes, isEnabled, secret } = endpoint;
  const [row] = await runInLine<StoredEndpoint>(
    client,
    `webhook endpoints of ${accountId}`,
    Prisma.sql`
      INSERT INTO webhook_endpoints AS w (id, account_id, url, description, event_types, secret, disabled_at, disabled_reason)
      SELECT ${createId('endpoint')}, ${accountId}, ${url}, ${description}, ${eventTypes}::text[], ${secret},
             CASE WHEN NOT ${isEnabled}::boolean THEN now() END, CASE WHEN NOT ${isEnabled}::boolean THEN 'by_client' END
      WHERE (SELECT count(*) FROM webhook_endpoints o
             WHERE o.account_id = ${accountId} AND NOT o.for_missions AND o.deleted_at IS NULL) < ${WEBHOOK_ENDPOINTS_MAX}::int
      RETURNING ${SHOWN}`,
  );
  return row ?? null;
}

/** One of this account's own, or one that its missions name; `null`: it has none of this id. */
export async function readEndpoint(client: Client, key: EndpointKey): Promise<StoredEndpoint | null> {
  const [row] = await runStatement<StoredEndpoint>(
    client,
    Prisma.sql`SELECT ${SHOWN} FROM webhook_endpoints w WHERE ${isOf(key)}`,
  );
  return row ?? null;
}

/** What a webhook of a mission stands for, if it has been named before. `secretHash`: as in `MissionEndpoint`. */
export async function findMissionEndpoint(
  client: Client,
  { accountId, url, secretHash }: { accountId: string; url: string; secretHash: string },
): Promise<{ id: string; isEnabled: boolean } | null> {
  const [row] = await runStatement<{ id: string; isEnabled: boolean }>(
    client,
    Prisma.sql`
      SELECT id, disabled_at IS NULL AS "isEnabled" FROM webhook_endpoints
      WHERE account_id = ${accountId} AND url = ${url} AND secret_hash = ${secretHash} AND for_missions`,
  );
  return row ?? null;
}

/** `areForMissions`: those that its missions name, instead of its own. */
export type EndpointPage = { accountId: string; areForMissions: boolean; before: string | null; limit: number };

/** A page of an account's endpoints, newest first. */
export async function listEndpoints(client: Client, page: EndpointPage): Promise<StoredEndpoint[]> {
  const { accountId, areForMissions, before, limit } = page;
  return runStatement<StoredEndpoint>(
    client,
    Prisma.sql`
      SELECT ${SHOWN} FROM webhook_endpoints w
      WHERE w.account_id = ${accountId} AND ${areForMissions ? Prisma.empty : Prisma.sql`NOT`} w.for_missions
        AND w.deleted_at IS NULL
        ${before === null ? Prisma.empty : Prisma.sql`AND w.id < ${before}`}
      ORDER BY w.id DESC LIMIT ${limit}::int`,
  );
}

/** Another URL, or being enabled again, is a new start: what was known of its failures is forgotten. */
export async function changeEndpoint(client: Client, change: EndpointChange): Promise<StoredEndpoint | null> {
  const { url = null, description, eventTypes = null, isEnabled = null } = change;
  const isAnew = Prisma.sql`(${url}::text <> w.url OR ${isEnabled}::boolean AND w.disabled_at IS NOT NULL)`;
  const [row] = await runStatement<StoredEndpoint>(
    client,
    Prisma.sql`
      UPDATE webhook_endpoints w
      SET url = COALESCE(${url}, w.url), event_types = COALESCE(${eventTypes}::text[], w.event_types),
          description = CASE WHEN ${description !== undefined}::boolean THEN ${description ?? null} ELSE w.description END,
          disabled_at = CASE ${isEnabled}::boolean WHEN true THEN NULL WHEN false THEN COALESCE(w.disabled_at, now())
                        ELSE w.disabled_at END,
          disabled_reason = CASE ${isEnabled}::boolean WHEN true THEN NULL
                            WHEN false THEN COALESCE(w.disabled_reason, 'by_client') ELSE w.disabled_reason END,
          failing_since = CASE WHEN ${isAnew} THEN NULL ELSE w.failing_since END,
          quiet_until = CASE WHEN ${isAnew} THEN NULL ELSE w.quiet_until END,
          strikes = CASE WHEN ${isAnew} THEN 0 ELSE w.strikes END,
          last_delivered_at = CASE WHEN ${url}::text <> w.url THEN NULL ELSE w.last_delivered_at END,
          updated_at = now()
      WHERE ${isOf(change)}
      RETURNING ${SHOWN}`,
  );
  return row ?? null;
}

/**
 * Deletes one of the account's own: it is sent nothing more, its secrets are gone, and what is still owed to it fails when
 * it is due. What was sent to it stays on record, and with the last of that the row goes too. `false`: there is none.
 */
export async function deleteEndpoint(client: Client, key: EndpointKey): Promise<boolean> {
  const rows = await runStatement(
    client,
    Prisma.sql`
      WITH deleted AS (
        UPDATE webhook_endpoints w
        SET deleted_at = now(), disabled_at = COALESCE(w.disabled_at, now()), disabled_reason = 'deleted', secret = NULL,
            previous_secret = NULL, previous_secret_expires_at = NULL, updated_at = now()
        WHERE ${isOf(key)} AND NOT w.for_missions
        RETURNING w.id
      ), spare AS (
        INSERT INTO spare_endpoints (endpoint_id) SELECT id FROM deleted ON CONFLICT DO NOTHING
      )
      SELECT id FROM deleted`,
  );
  return rows.length > 0;
}

/** `secret`: the new one, sealed. `previousValidForSeconds`: how long the one before signs beside it. */
export type Rotation = EndpointKey & { secret: string; previousValidForSeconds: number };

/** `rotating`: an earlier one is still valid until `expiresAt`, and only two can be. */
export type RotationOutcome =
  | { kind: 'rotated'; endpoint: StoredEndpoint }
  | { kind: 'rotating'; expiresAt: Date }
  | { kind: 'not_found' };

/** Gives one of the account's own another secret. With no time left to the one before, every earlier one ends at once. */
export async function rotateSecret(client: Client, rotation: Rotation): Promise<RotationOutcome> {
  const { secret, previousValidForSeconds: seconds } = rotation;
  const [row] = await runStatement<StoredEndpoint & { isRotated: boolean; before: Date | null }>(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT w.*, CASE WHEN w.previous_secret_expires_at > now() THEN w.previous_secret_expires_at END AS before
        FROM webhook_endpoints w WHERE ${isOf(rotation)} AND NOT w.for_missions
        FOR NO KEY UPDATE
      ), rotated AS (
        UPDATE webhook_endpoints w
        SET secret = ${secret}, updated_at = now(),
            previous_secret = CASE WHEN ${seconds}::int > 0 THEN w.secret END,
            previous_secret_expires_at = CASE WHEN ${seconds}::int > 0 THEN now() + ${seconds}::int * interval '1 second' END
        FROM found f WHERE w.id = f.id AND (f.before IS NULL OR ${seconds}::int = 0)
        RETURNING w.*
      )
      SELECT ${SHOWN}, true AS "isRotated", NULL AS before FROM rotated w
      UNION ALL
      SELECT ${SHOWN}, false, w.before FROM found w WHERE NOT EXISTS (SELECT FROM rotated)`,
  );
  if (!row) return { kind: 'not_found' };
  const { isRotated, before, ...endpoint } = row;
  if (isRotated) return { kind: 'rotated', endpoint };
  return before === null ? { kind: 'not_found' } : { kind: 'rotating', expiresAt: before };
}
