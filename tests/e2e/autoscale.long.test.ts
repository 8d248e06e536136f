import { expect, inject, it } from 'vitest';
import { playCourse } from '../autoscale/play.ts';
import { readAutoscaler } from '../autoscale/read-autoscaler.ts';
import { openStage } from '../autoscale/stage.ts';
import { baseEnv } from '../harness/base-env.ts';
import { createTestDatabase } from '../harness/index.ts';

const SLOTS = 10;
const MAX = 3;

/** `npm run test:autoscale` in small, with the clock of the controller run a hundred times as fast. */
it('scales to its maximum by a burst and back, by production’s rules, and not at all for an account with a limit of one', async () => {
  await using database = await createTestDatabase();
  const stores = { databaseUrl: database.url, redisUrl: inject('redisUrl') };
  await using stage = await openStage({ slots: SLOTS, log: () => undefined, stores, env: baseEnv() });
  const { verdict } = await playCourse(
    stage,
    {
      spec: { ...readAutoscaler(), minReplicas: 1, maxReplicas: MAX },
      timeScale: 100,
      slots: SLOTS,
      single: { count: 80, latencyMs: 150, forMs: 1_000 },
      burst: { count: 240, steps: 0, latencyMs: 1_000 },
      patienceMs: 60_000,
    },
    () => undefined,
  );
  expect(verdict.lines.filter((line) => line.startsWith('NOT'))).toEqual([]);
  expect(verdict.isWell).toBe(true);
}, 240_000);
