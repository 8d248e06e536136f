import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

export const redisRestart: Scenario = {
  name: 'redis-restart',
  about: 'Redis is restarted with its data, in order and by SIGKILL',
  backends: ['redis'],
  async inject({ redis, injected, mended }) {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await redis.stop(signal);
      injected(`Redis ended by ${signal}`);
      await sleep(2_000);
      await redis.start();
      mended();
      await sleep(2_000);
    }
  },
};
