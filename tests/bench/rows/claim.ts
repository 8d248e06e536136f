import { createId } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import pg from 'pg';
import { withoutIndexes } from '../../harness/without-indexes.ts';
import type { Result, Row } from '../row.ts';
import { WORKER_POOL } from '../stack.ts';
import { percentile } from '../statistics.ts';

const SINGLE = 200;
const BURST = 500;

/** The way from the queue into a worker, with a history behind it. */
export const claim: Row = {
  name: 'claim',
  async run(bench) {
    const [finished, queued] = bench.isQuick ? [50_000, 5_000] : [1_000_000, 100_000];
    await using resources = new AsyncDisposableStack();
    const { url } = resources.use(await bench.servers.createDatabase({ migrated: true }));
    const timeouts = { statementTimeoutMs: 60_000, connectTimeoutMs: 5_000 };
    const db = createDatabase({ url, poolSize: WORKER_POOL, applicationName: 'flotilla-bench', ...timeouts });
    resources.defer(() => db.close());
    const account = await db.accounts.create({ name: 'bench', tier: 'paid', maxRunning: 1_000_000, webhookSecret: '' });
    const startedAt = performance.now();
    const missionIds = await fill(url, { accountId: account.id, finished, queued });
    bench.log(`claim: filled in ${Math.round((performance.now() - startedAt) / 1_000)} s`);

    const workerId = createId('worker');
    await db.lease.register({ id: workerId, hostname: 'bench', version: '0', pools: ['default'], slots: 1, tools: [] });
    const singles: number[] = [];
    for (const missionId of missionIds.slice(0, SINGLE)) {
      singles.push(await timed(() => db.lease.claim({ missionId, workerId })));
    }
    await db.lease.beat(workerId);
    const burst = missionIds.slice(SINGLE, SINGLE + BURST);
    const burstMs = await timed(() => Promise.all(burst.map((missionId) => db.lease.claim({ missionId, workerId }))));
    const sweeps: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) sweeps.push(await timed(() => db.sweep.takeDueMissions('default', 500)));

    const stored = `${finished.toLocaleString('en')} ended and ${queued.toLocaleString('en')} queued`;
    const line = (name: string, value: number): Result => ({
      name: `${name}, ${stored}`,
      backend: 'none',
      value,
      unit: 'ms',
      baseline: null,
      better: 'lower',
    });
    return [
      line('claim, p50', percentile(singles, 50)),
      line('claim, p95', percentile(singles, 95)),
      line(`${BURST} claims at once`, burstMs),
      line('sweep picks 500, p50', percentile(sweeps, 50)),
    ];
  },
};

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

const SPEC = JSON.stringify({
  goal: 'bench',
  model: 'sim/load',
  instructions: null,
  tools: ['sim_work'],
  modelOptions: { steps: 3 },
  limits: { maxSteps: 50, maxOutputTokens: 8_192 },
});

/** @returns ids of queued missions, from all over the queue */
async function fill(url: string, of: { accountId: string; finished: number; queued: number }): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Ids as they come in life, in order of time; priorities and due times mixed.
    await withoutIndexes(client, 'missions', () =>
      client.query(
        `INSERT INTO missions (id, account_id, spec, spec_version, priority, status, output, attempt, step_count,
                               event_sequence, created_at, started_at, finished_at)
         SELECT 'mis_' || lpad(to_hex(n), 32, '0'), $1, $2, 1, 1 + n % 9, 'completed', 'done', 1, 4, 10,
                now() - n * interval '1 second', now(), now() - n * interval '1 second'
         FROM generate_series(1, $3::int) n`,
        [of.accountId, SPEC, of.finished],
      ),
    );
    await client.query(
      `INSERT INTO missions (id, account_id, spec, spec_version, priority, event_sequence, rings, run_after)
       SELECT new_id('mis'), $1, $2, 1, 1 + n % 9, 1, 1, now() - n * interval '10 millisecond'
       FROM generate_series(1, $3::int) n`,
      [of.accountId, SPEC, of.queued],
    );
    await client.query('ANALYZE');
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM missions WHERE status = 'queued' ORDER BY random() LIMIT $1`,
      [SINGLE + BURST],
    );
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}
