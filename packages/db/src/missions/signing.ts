import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** What a call made for a mission is signed with: sealed secrets, all of which sign, and the database's clock. */
export type Signing = { sealedSecrets: string[]; now: Date };

/**
 * The account's secret, and, where the mission's webhook has its own, that too: whoever is called knows one of them,
 * and may not know the other. While one of them rotates, the one before it signs too.
 */
export async function readSigning(client: Client, missionId: string): Promise<Signing> {
  const [row] = await runStatement<Signing>(
    client,
    Prisma.sql`
      SELECT ARRAY(SELECT s FROM unnest(ARRAY[a.webhook_secret,
                     CASE WHEN a.previous_webhook_secret_expires_at > now() THEN a.previous_webhook_secret END, w.secret,
                     CASE WHEN w.previous_secret_expires_at > now() THEN w.previous_secret END]) AS s
                   WHERE s IS NOT NULL) AS "sealedSecrets", now() AS now
      FROM missions m
      JOIN accounts a ON a.id = m.account_id
      LEFT JOIN webhook_endpoints w ON w.id = m.endpoint_id
      WHERE m.id = ${missionId}`,
  );
  if (!row) throw new Error(`there is no mission ${missionId}`);
  return row;
}
