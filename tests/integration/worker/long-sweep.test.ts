import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Database } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { createSweep } from '@flotilla/worker/sweep';
import { expect, it } from 'vitest';
import { hold, startProcess, waitFor } from '../../harness/index.ts';
import { createFixture, type Fixture } from '../db/fixture.ts';

const WORKER = join(import.meta.dirname, '../../../apps/worker/src/main.ts');

async function orphan(f: Fixture): Promise<string> {
  const { missionId, workerId } = await f.newRunning();
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [workerId]);
  return missionId;
}

/** The turn, the last heartbeat of a living worker, and since when its sweep waits for the lock. */
async function look({ sql }: Fixture) {
  const { rows } = await sql.query<{ turn: string; beat: string; waiting: string | null }>(
    `SELECT (SELECT next_at::text FROM turns WHERE name = 'sweep') AS turn, heartbeat_at::text AS beat,
            (SELECT min(query_start)::text FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%orphaned%') AS waiting
     FROM workers WHERE lease_expires_at > now() AND hostname <> 'test'`,
  );
  return rows[0];
}

it('a worker that is still at its sweep leaves the turn to others, and ends when it is told to', async () => {
  await using f = await createFixture();
  const missionId = await orphan(f);
  await using account = await hold(f, 'SELECT FROM accounts FOR UPDATE');
  const env = { DATABASE_URL: f.url, FLOTILLA_ENCRYPTION_KEYS: randomBytes(32).toString('base64') };
  await using worker = await startProcess({ args: [WORKER], env, readyLine: /worker ready/ });
  let first: Awaited<ReturnType<typeof look>>;
  let next: typeof first;
  await waitFor(
    async () => {
      next = await look(f);
      // One that took too long was given up: this is another sweep.
      if (first?.waiting !== next?.waiting) first = next;
      return Boolean(first?.waiting) && next?.beat !== first?.beat;
    },
    { timeoutMs: 40_000, what: 'a heartbeat during a sweep' },
  );
  expect(next?.turn).toBe(first?.turn);
  const end = worker.stop();
  await waitFor(() => worker.output().includes('draining'), { what: 'the worker to drain' });
  await account.letGo();
  expect(await end).toEqual({ code: 0, signal: null });
  await waitFor(async () => (await f.statusOf(missionId)) === 'queued', { what: 'the orphan to be queued' });
});

it('a sweep of a worker that drains ends with the part that it is at', async () => {
  await using f = await createFixture();
  const missionId = await orphan(f);
  await f.sql.query(`UPDATE missions SET deadline_at = now() WHERE id = $1`, [await f.newMission()]);
  let isStopping = false;
  const requeueOrphans: Database['sweep']['requeueOrphans'] = async () => {
    isStopping = true;
    return f.db.sweep.requeueOrphans();
  };
  const rung: string[] = [];
  const nothing = () => undefined;
  const sweep = createSweep({
    db: { sweep: { ...f.db.sweep, requeueOrphans } },
    queue: {
      async ring(bell) {
        rung.push('missionId' in bell ? bell.missionId : bell.deliveryId);
        return true;
      },
      ringAll: async () => 0,
      depth: async () => 0,
      holds: async () => true,
      signals: { send: nothing },
    },
    logger: createLogger({ level: 'error', format: 'json', service: 'test' }),
    facts: { missionLeft: nothing, repaired: nothing, sweepPartFailed: nothing },
    isStopping: () => isStopping,
    wakeNext: nothing,
    followUp: nothing,
    ringLater: nothing,
  });
  const work = { orphans: true, overdue: true, answers: false, families: false, missions: false, deliveries: false };
  await sweep(work);
  expect(rung).toEqual([missionId]);
  const overdue = async () => (await f.sql.query('SELECT FROM missions WHERE finished_at IS NULL')).rowCount;
  expect(await overdue()).toBe(2);
  isStopping = false;
  await sweep({ ...work, orphans: false });
  expect(await overdue()).toBe(1);
});
