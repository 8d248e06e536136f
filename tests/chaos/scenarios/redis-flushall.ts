import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const ROUNDS = 8;
const ROUNDS_SHORT = 4;

export const redisFlushall: Scenario = {
  name: 'redis-flushall',
  about: 'Redis loses everything, again and again, without a word',
  backends: ['redis'],
  short: ['redis'],
  // More missions than slots, so that there are bells to lose.
  load: { burst: 250, perSecond: 10 },
  workerEnv: { WORKER_SLOTS: '60' },
  async inject({ redis, random, isShort, injected }) {
    for (let round = 0; round < (isShort ? ROUNDS_SHORT : ROUNDS); round++) {
      const keys = await redis.flushAll();
      if (keys > 0) injected(`${keys} keys flushed`);
      await sleep(random.between(800, 1_600));
    }
  },
};
