import type { Ownership } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** Sets free what was reserved for a call that was not made. By its owner only: what an attempt has left behind stays. */
export async function giveBack(
  client: Client,
  { missionId, attempt, number }: Ownership & { number: number },
): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`
      WITH owned AS MATERIALIZED (
        SELECT m.id, m.attempt FROM missions m
        WHERE m.id = ${missionId} AND m.attempt = ${attempt}::int AND m.status::text = 'running'
        FOR NO KEY UPDATE
      ), free AS (
        DELETE FROM budget_reservations r USING owned o
        WHERE r.mission_id = o.id AND r.attempt = o.attempt AND r.number = ${number}::int
        RETURNING r.mission_id, r.micro_usd, r.tokens
      )
      UPDATE budgets b
      SET reserved_micro_usd = b.reserved_micro_usd - f.micro_usd, reserved_tokens = b.reserved_tokens - f.tokens
      FROM free f WHERE b.mission_id = f.mission_id`,
  );
}
