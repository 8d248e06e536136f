import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { type Fleet, startFleet } from './fleet.ts';

async function withSql<T>(fleet: Fleet, use: (sql: pg.Client) => Promise<T>): Promise<T> {
  const sql = new pg.Client({ connectionString: fleet.databaseUrl });
  await sql.connect();
  try {
    return await use(sql);
  } finally {
    await sql.end();
  }
}

describe('a mission that its living worker has lost', () => {
  it('is given back and finished: a claim that was committed while its reply got lost leaves one', async () => {
    await using fleet = await startFleet('redis');
    await fleet.startWorker();
    const { body } = await fleet.post({ goal: 'What is 2 + 2?', delay: 3_600 });
    await withSql(fleet, (sql) =>
      sql.query(
        `UPDATE missions SET status = 'running', attempt = 1, run_after = now(), status_code = NULL,
                worker_id = (SELECT id FROM workers) WHERE id = $1`,
        [body.id],
      ),
    );
    expect(await fleet.ended(body.id, 40_000)).toMatchObject({ status: 'completed', attempt: 2 });
  }, 60_000);

  it('leaves its slot to the next of its account at once, when its worker died and it was cancelled meanwhile', async () => {
    await using fleet = await startFleet('redis');
    await fleet.startWorker();
    await withSql(fleet, async (sql) => {
      await sql.query('UPDATE accounts SET max_running = 1, running = 1');
      const lost = await fleet.post({ goal: 'What is 2 + 2?', delay: 3_600 });
      const next = await fleet.post({ goal: 'x', model: 'sim/load', modelOptions: { steps: 0 } });
      await waitFor(
        async () => {
          const { statusReason } = await fleet.get<{ statusReason: { code: string } | null }>(
            `/v1/missions/${next.body.id}`,
          );
          return statusReason?.code === 'account_limit';
        },
        { what: 'the next one to be turned away at the limit' },
      );
      await sql.query(
        `WITH dead AS (
           INSERT INTO workers (id, hostname, version, pools, slots, lease_expires_at)
           VALUES ('wrk_dead', 'dead', '1', '{}', 1, now()) RETURNING id)
         UPDATE missions SET status = 'running', attempt = 1, worker_id = dead.id, cancel_requested_at = now()
         FROM dead WHERE missions.id = $1`,
        [lost.body.id],
      );
      // Unwoken, it would lie there until ten seconds after its own bell.
      expect(await fleet.ended(next.body.id, 8_000)).toMatchObject({ status: 'completed' });
    });
  }, 60_000);

  it('ends when the database refuses what it has to say, and its account’s slot is free again', async () => {
    await using fleet = await startFleet('redis');
    const worker = await fleet.startWorker();
    await withSql(fleet, (sql) =>
      sql.query(`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END; $$;
        CREATE TRIGGER refuse BEFORE INSERT ON steps FOR EACH ROW EXECUTE FUNCTION refuse();`),
    );
    const { body } = await fleet.post({ goal: 'What is 2 + 2?', webhook: { url: fleet.receiverUrl } });
    const mission = await fleet.ended(body.id, 80_000);
    expect(mission).toMatchObject({ status: 'failed', statusReason: { code: 'internal_error' }, attempt: 3 });
    expect(worker.output()).toContain('a mission could not go on');
    expect(worker.output()).toContain(body.id);
    const { rows } = await withSql(fleet, (sql) => sql.query('SELECT running FROM accounts'));
    expect(rows).toEqual([{ running: 0 }]);
    await waitFor(() => fleet.webhooks.length === 1, { timeoutMs: 10_000, what: 'the webhook of its end' });
  }, 100_000);
});
