import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** `secret`: the new one, sealed. `previousValidForSeconds`: how long the one before signs beside it. */
export type AccountRotation = { accountId: string; secret: string; previousValidForSeconds: number };

/** `rotating`: an earlier one is still valid until `expiresAt`, and only two can be. */
export type AccountRotationOutcome =
  | { kind: 'rotated'; previousExpiresAt: Date | null }
  | { kind: 'rotating'; expiresAt: Date }
  | { kind: 'not_found' };

type Row = { isRotated: boolean; previousExpiresAt: Date | null; before: Date | null };

/**
 * Gives an account another webhook secret, as an endpoint is given one. With no time left to the one before, every earlier
 * one ends at once.
 */
export async function rotateAccountSecret(client: Client, rotation: AccountRotation): Promise<AccountRotationOutcome> {
  const { accountId, secret, previousValidForSeconds: seconds } = rotation;
  const [row] = await runStatement<Row>(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT a.id, CASE WHEN a.previous_webhook_secret_expires_at > now()
                          THEN a.previous_webhook_secret_expires_at END AS before
        FROM accounts a WHERE a.id = ${accountId}
        FOR NO KEY UPDATE
      ), rotated AS (
        UPDATE accounts a
        SET webhook_secret = ${secret},
            previous_webhook_secret = CASE WHEN ${seconds}::int > 0 THEN a.webhook_secret END,
            previous_webhook_secret_expires_at =
              CASE WHEN ${seconds}::int > 0 THEN now() + ${seconds}::int * interval '1 second' END
        FROM found f WHERE a.id = f.id AND (f.before IS NULL OR ${seconds}::int = 0)
        RETURNING a.previous_webhook_secret_expires_at AS until
      )
      SELECT EXISTS (SELECT FROM rotated) AS "isRotated", (SELECT until FROM rotated) AS "previousExpiresAt", f.before
      FROM found f`,
  );
  if (!row) return { kind: 'not_found' };
  const { isRotated, previousExpiresAt, before } = row;
  if (isRotated) return { kind: 'rotated', previousExpiresAt };
  return before === null ? { kind: 'not_found' } : { kind: 'rotating', expiresAt: before };
}
