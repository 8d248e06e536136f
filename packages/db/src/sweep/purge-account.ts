import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { FORGET_ROWS } from '../idempotency/records.ts';
import { runByIndex } from '../statement.ts';

/**
 * Deletes what happened to accounts themselves longer ago than they keep it. One short batch a call.
 * @returns how many events are gone
 */
export async function purgeAccountEvents(client: Client): Promise<number> {
  return purgeOld(
    client,
    'account_events',
    // Their ids are made here, by the same clock: old ones are found by them.
    Prisma.sql`
      t.id < 'evt_' || lpad(to_hex((extract(epoch FROM now() - a.retention_days * interval '1 day') * 1000)::bigint), 12, '0')
      ORDER BY t.id`,
  );
}

/**
 * Deletes the deliveries of such events, and tests, that were settled longer ago, with their attempts. Those of missions go
 * with these. One short batch a call.
 * @returns how many deliveries are gone
 */
export async function purgeAccountDeliveries(client: Client): Promise<number> {
  return purgeOld(
    client,
    'deliveries',
    Prisma.sql`
      t.mission_id IS NULL AND t.finished_at IS NOT NULL AND t.finished_at < now() - a.retention_days * interval '1 day'
      ORDER BY t.finished_at`,
  );
}

/** @param old which rows `t` of an account `a` are to go, and in which order they are found */
async function purgeOld(client: Client, table: 'account_events' | 'deliveries', old: Prisma.Sql): Promise<number> {
  const rows = Prisma.raw(table);
  const [purged] = await runByIndex<{ count: number }>(
    client,
    Prisma.sql`
      WITH gone AS (
        DELETE FROM ${rows} g
        WHERE g.id IN (
          SELECT o.id FROM accounts a CROSS JOIN LATERAL (
            SELECT t.id FROM ${rows} t WHERE t.account_id = a.id AND ${old} LIMIT ${FORGET_ROWS}::int
          ) o
          LIMIT ${FORGET_ROWS}::int
        )
        RETURNING g.id
      )
      SELECT count(*)::int AS count FROM gone`,
  );
  return purged?.count ?? 0;
}
