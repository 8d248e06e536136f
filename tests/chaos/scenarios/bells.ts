import { setTimeout as sleep } from 'node:timers/promises';
import { createQueue } from '@flotilla/queue';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage/stage.ts';

/** Numbers that no ring of the system's own has reached. */
const STRAY_RINGS = 1_000;

/** A bell-ringer of the suite's own, on the queue of the fleet. */
function openRinger({ backend, redis, databaseUrl, queuePrefix }: Stage) {
  const url = backend === 'redis' ? redis.url : databaseUrl;
  return createQueue({ backend: { kind: backend, url }, prefix: queuePrefix, onError: () => undefined });
}

export const duplicateBells: Scenario = {
  name: 'duplicate-bells',
  about: 'every mission is rung five times more',
  backends: ['redis', 'postgres'],
  async inject(stage) {
    const queue = openRinger(stage);
    let done = 0;
    for (let round = 0; round < 6; round++) {
      const fresh = stage.client.accepted().slice(done);
      done += fresh.length;
      const bells = fresh.flatMap(({ id: missionId }) =>
        [1, 2, 3, 4, 5].map((ring) => ({
          job: 'mission' as const,
          missionId,
          pool: 'default',
          priority: 5,
          ring: STRAY_RINGS + ring,
        })),
      );
      const rung = await queue.ringAll(stage.random.shuffle(bells));
      if (rung > 0) stage.injected(`${rung} more bells`);
      await sleep(1_500);
    }
    await queue.close();
  },
};

export const bellsInRandomOrder: Scenario = {
  name: 'bells-in-random-order',
  about: 'bells of all missions, ended ones too, at any priority and in any order',
  backends: ['redis', 'postgres'],
  async inject(stage) {
    const queue = openRinger(stage);
    for (let round = 0; round < 10; round++) {
      const bells = stage.random.shuffle(stage.client.accepted()).map(({ id: missionId }, index) => ({
        job: 'mission' as const,
        missionId,
        pool: 'default',
        priority: 1 + (index % 9),
        ring: STRAY_RINGS + round,
        front: index % 7 === 0,
      }));
      const rung = await queue.ringAll(bells);
      if (rung > 0) stage.injected(`${rung} bells in random order`);
      await sleep(1_000);
    }
    await queue.close();
  },
};
