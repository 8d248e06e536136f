import { missionBell } from '@flotilla/core';
import { createLogger } from '@flotilla/platform';
import { createQueue, createRingLater } from '@flotilla/queue';
import { createRingMissions } from '@flotilla/worker/ring-missions';
import { describe, expect, it } from 'vitest';
import { createRedisPrefix, waitFor } from '../../harness/index.ts';
import { createFixture } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const POOL = { job: 'mission', pool: 'default' } as const;
/** Of the fixture's worker, whose queue is full with twice as many bells. */
const SLOTS = 4;
const SOON_MS = 700;
/** What the fleet promises is a quarter of it, and is measured by `npm run bench -- delayed`: here others are at work too. */
const DRIFT_MS = 2_500;

/** A database with one worker, a queue on Redis, and one turn of the sweep's that rings missions. */
async function createScene({ isStopping = true } = {}) {
  const resources = new AsyncDisposableStack();
  const f = resources.use(await createFixture());
  const { url, prefix } = resources.use(createRedisPrefix());
  const queue = createQueue({ backend: { kind: 'redis', url }, prefix, onError: () => undefined });
  resources.defer(() => queue.close());
  await f.newWorker();
  const repaired: number[] = [];
  const facts = { repaired: (_: string, count = 1) => void repaired.push(count) };
  const ringLater = createRingLater({
    async take(missionIds) {
      const due = await f.db.sweep.takeUnrung(missionIds);
      facts.repaired('mission_rung', due.length);
      return due.map(missionBell);
    },
    queue,
    onError(error) {
      throw error;
    },
  });
  const ringMissions = createRingMissions({ db: f.db, queue, logger, facts, isStopping: () => isStopping, ringLater });
  const bellOf = (missionId: string, rings: number) => missionBell({ missionId, pool: POOL.pool, priority: 5, rings });
  return {
    f,
    queue,
    repaired,
    ringMissions,
    /** Missions as they are so many minutes after they were rung, and may have been due for longer. */
    async newOld({ count, minutes, priority }: { count: number; minutes: number; priority: number }) {
      const ids = await Promise.all(Array.from({ length: count }, () => f.newMission({ priority })));
      await f.sql.query(
        `UPDATE missions SET run_after = run_after - $2::int * interval '1 minute', rung_at = rung_at - $2::int * interval '1 minute'
         WHERE id = ANY ($1)`,
        [ids, minutes],
      );
      return ids;
    },
    /** As many missions of the fixture's account, whose bells are lost and whom nobody has turned away. */
    async newCrowd(count: number) {
      await f.sql.query(
        `INSERT INTO missions (id, account_id, spec, spec_version, priority, event_sequence, rings, run_after, rung_at)
         SELECT new_id('mis'), account_id, spec, spec_version, 5, 1, 1, now() - interval '2 minutes', now() - interval '2 minutes'
         FROM missions, generate_series(1, $2::int) WHERE id = $1`,
        [await f.newMission({ priority: 5 }), count],
      );
    },
    ring: (missionIds: readonly string[]) => queue.ringAll(missionIds.map((id) => bellOf(id, 1))),
    isRung: (missionId: string, rings: number) => queue.holds(bellOf(missionId, rings)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

it('a full queue keeps nobody from being rung who has no bell in it, and rings nobody twice who has', async () => {
  await using scene = await createScene();
  const { f, queue, newOld, isRung } = scene;
  const held = await newOld({ count: 2 * SLOTS, minutes: 1, priority: 5 });
  await scene.ring(held);
  // First in line, and flushed away before the queue was filled again.
  const lost = await newOld({ count: 3, minutes: 2, priority: 5 });
  const [released] = await newOld({ count: 1, minutes: 2, priority: 9 });
  if (released === undefined) throw new Error('there should be one');
  await f.sql.query('UPDATE missions SET run_after = now() WHERE id = $1', [released]);
  const delayed = await f.newMission({ startAt: new Date(Date.now() + SOON_MS), priority: 9 });

  await scene.ringMissions();

  expect(await isRung(released, 2)).toBe(true);
  expect(await Promise.all(lost.map((missionId) => isRung(missionId, 2)))).toEqual([true, true, true]);
  await waitFor(() => isRung(delayed, 1), { what: 'the delayed mission to be rung' });
  expect(await queue.depth(POOL)).toBe(2 * SLOTS + lost.length + 2);
  const { rows } = await f.sql.query<{ rings: number; ms: number }>(
    `SELECT rings, extract(epoch FROM rung_at - run_after)::float8 * 1000 AS ms FROM missions WHERE id = $1`,
    [delayed],
  );
  expect(rows).toMatchObject([{ rings: 1 }]);
  expect(rows[0]?.ms).toBeLessThan(DRIFT_MS);
  expect(scene.repaired.reduce((sum, count) => sum + count, 0)).toBe(lost.length + 2);
});

it('a queue that lost everything is filled as far as its workers have use for, whatever lies in line', async () => {
  await using scene = await createScene();
  await scene.newOld({ count: 5 * SLOTS, minutes: 1, priority: 5 });
  await scene.ringMissions();
  expect(await scene.queue.depth(POOL)).toBe(2 * SLOTS);
});

describe('missions of an account that may run none of them', () => {
  it.each(['empty', 'full'])(
    'keep nobody behind them waiting longer than a turn, with a queue that is %s',
    async (queue) => {
      await using scene = await createScene({ isStopping: false });
      const { f } = scene;
      if (queue === 'full') await scene.ring(await scene.newOld({ count: 2 * SLOTS, minutes: 0, priority: 1 }));
      await scene.newCrowd(1_500);
      await f.sql.query('UPDATE accounts SET max_running = 2');
      const { id: accountId } = await f.db.accounts.create({
        name: 'b',
        tier: 'free',
        maxRunning: 2,
        webhookSecret: '',
      });
      const [behind = ''] = await scene.newOld({ count: 1, minutes: 1, priority: 5 });
      await f.sql.query('UPDATE missions SET account_id = $2 WHERE id = $1', [behind, accountId]);

      await scene.ringMissions();

      expect(await scene.isRung(behind, 2)).toBe(true);
      const rung = scene.repaired.reduce((sum, count) => sum + count, 0);
      expect(rung).toBe(3);
      expect(await scene.queue.depth(POOL)).toBe(rung + (queue === 'full' ? 2 * SLOTS : 0));
    },
  );
});
