import { createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** `secret`: sealed, or `null` where the account's signs. `secretHash`: of the secret in the clear, '' where none. */
export type MissionEndpoint = { accountId: string; url: string; secret: string | null; secretHash: string };

/**
 * The endpoint row of a webhook that a mission names itself: one for each account, URL and secret, so that a slow
 * receiver is one receiver however many missions name it. It is there for `ENDPOINT_SPARE_FOR_MS` from now at least, and
 * for as long as a mission names it.
 */
export async function ensureMissionEndpoint(client: Client, endpoint: MissionEndpoint): Promise<string> {
  const id = createId('endpoint');
  const [row] = await runStatement<{ id: string }>(
    client,
    Prisma.sql`
      WITH made AS (
        INSERT INTO webhook_endpoints (id, account_id, url, secret, secret_hash, event_types, for_missions)
        VALUES (${id}, ${endpoint.accountId}, ${endpoint.url}, ${endpoint.secret}, ${endpoint.secretHash}, '{}', true)
        ON CONFLICT (account_id, url, secret_hash) WHERE for_missions DO NOTHING
        RETURNING id
      ), named AS (
        SELECT id FROM made
        UNION ALL
        SELECT id FROM webhook_endpoints
        WHERE account_id = ${endpoint.accountId} AND url = ${endpoint.url} AND secret_hash = ${endpoint.secretHash}
          AND for_missions
        LIMIT 1
      ), spare AS (
        -- No mission names it yet. Whoever is about to delete it has this row, and is waited for.
        INSERT INTO spare_endpoints (endpoint_id) SELECT id FROM named
        ON CONFLICT (endpoint_id) DO UPDATE SET since = now()
        RETURNING endpoint_id
      ), kept AS MATERIALIZED (
        -- Locked only to see whether it is still there.
        SELECT w.id FROM webhook_endpoints w WHERE w.id = (SELECT endpoint_id FROM spare)
        FOR KEY SHARE
      )
      SELECT id FROM made
      UNION ALL
      SELECT id FROM kept`,
  );
  // All are empty only when another process made the row, or deleted it, after this statement's snapshot was taken.
  return row ? row.id : ensureMissionEndpoint(client, endpoint);
}
