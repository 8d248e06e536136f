import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** Records of one account that are rolled up at once. More than any two batches write with one time between them. */
const ROLL_UP_ROWS = 5_000;
/** Accounts that are looked at in one statement. */
const ACCOUNTS = 100;
/** What was written a moment ago may not have been committed yet by whoever wrote it. */
const SETTLES_AFTER_MS = 10_000;

/**
 * Adds usage records to the days of their accounts, up to a moment before which none can come any more: records bear
 * the time their transaction began, so that is when the oldest one that still runs did. It is asked for in a statement
 * before, whose answer the next one's snapshot is younger than.
 *
 * (Postgres shows a role the transactions of that role; all our processes have the same.)
 *
 * The mark moves on in the statement that adds, under the mark's own lock, so nothing is counted twice or left out,
 * whoever else rolls up. One short batch an account a call.
 *
 * Accounts and their records are looked up one by one (LATERAL, and no plan may take it for a join): joined, all that
 * an account had ever spent was read for each batch. With two million records that was 2.4 s for 5,000 of them, slower
 * than a busy fleet writes them, and past a statement's time where the machine was busy too.
 * @returns how many records were added
 */
export async function rollUpUsage(client: Client, settlesAfterMs = SETTLES_AFTER_MS): Promise<number> {
  const [settled] = await runStatement<{ before: Date }>(
    client,
    Prisma.sql`
      SELECT LEAST(now() - ${settlesAfterMs}::int * interval '1 millisecond', min(xact_start)) AS before
      FROM pg_stat_activity
      WHERE datname = current_database() 
        AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  if (!settled) return 0;
  const [done] = await runStatement<{ added: number }>(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT a.id, COALESCE(k.rolled_up_to, '-infinity') AS since
        FROM accounts a
        LEFT JOIN usage_marks k ON k.account_id = a.id
        CROSS JOIN LATERAL (
          SELECT FROM usage_records u
          WHERE u.account_id = a.id AND u.created_at >= COALESCE(k.rolled_up_to, '-infinity')
            AND u.created_at < ${settled.before}::timestamptz
          LIMIT 1
        ) u
        ORDER BY k.rolled_up_to NULLS FIRST
        LIMIT ${ACCOUNTS}::int
      ), begun AS (
        INSERT INTO usage_marks (account_id, rolled_up_to)
        SELECT id, since FROM due WHERE since = '-infinity'
        ON CONFLICT DO NOTHING
      ), marked AS MATERIALIZED (
        SELECT k.account_id, k.rolled_up_to FROM usage_marks k
        WHERE k.account_id IN (SELECT id FROM due)
        ORDER BY k.account_id
        FOR UPDATE SKIP LOCKED
      ), part AS MATERIALIZED (
        SELECT m.account_id, m.rolled_up_to AS since,
               COALESCE((SELECT u.created_at FROM usage_records u
                         WHERE u.account_id = m.account_id AND u.created_at >= m.rolled_up_to AND u.created_at < ${settled.before}::timestamptz
                         ORDER BY u.created_at OFFSET ${ROLL_UP_ROWS}::int LIMIT 1), ${settled.before}::timestamptz) AS upto
        FROM marked m
      ), spent AS MATERIALIZED (
        SELECT u.account_id, (u.created_at AT TIME ZONE 'UTC')::date AS day, COALESCE(u.agent_id, '') AS agent_id,
               u.provider || '/' || u.model AS model, count(*) AS calls, sum(u.input_tokens) AS input,
               sum(u.output_tokens) AS output, sum(u.cached_input_tokens) AS cached,
               COALESCE(sum(u.cost_micro_usd), 0) AS cost, count(*) FILTER (WHERE u.cost_micro_usd IS NULL) AS unpriced
        FROM part p
        CROSS JOIN LATERAL (
          SELECT * FROM usage_records r
          WHERE r.account_id = p.account_id AND r.created_at >= p.since AND r.created_at < p.upto
          OFFSET 0
        ) u
        GROUP BY 1, 2, 3, 4
      ), added AS (
        INSERT INTO usage_days AS d (account_id, day, agent_id, model, calls, input_tokens, output_tokens,
                                     cached_input_tokens, cost_micro_usd, unpriced_calls)
        SELECT account_id, day, agent_id, model, calls, input, output, cached, cost, unpriced
        FROM spent
        ORDER BY 1, 2, 3, 4
        ON CONFLICT (account_id, day, agent_id, model) DO UPDATE
        SET calls = d.calls + EXCLUDED.calls, input_tokens = d.input_tokens + EXCLUDED.input_tokens,
            output_tokens = d.output_tokens + EXCLUDED.output_tokens,
            cached_input_tokens = d.cached_input_tokens + EXCLUDED.cached_input_tokens,
            cost_micro_usd = d.cost_micro_usd + EXCLUDED.cost_micro_usd,
            unpriced_calls = d.unpriced_calls + EXCLUDED.unpriced_calls
      ), moved AS (
        UPDATE usage_marks k SET rolled_up_to = p.upto FROM part p WHERE k.account_id = p.account_id
      )
      SELECT COALESCE(sum(calls), 0)::int AS added FROM spent`,
  );
  return done?.added ?? 0;
}
