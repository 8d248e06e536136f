import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import { stateOf } from '../stage/process.ts';
import { mustAllBeAccepted } from './redis-gone.ts';

const FROZEN_MS = 20_000;

export const redisFrozen: Scenario = {
  name: 'redis-frozen',
  about: 'Redis accepts connections and answers nothing for 20 s',
  backends: ['redis'],
  async inject({ redis, client, injected, mended }) {
    const pid = redis.pid();
    process.kill(pid, 'SIGSTOP');
    const frozenAt = Date.now();
    try {
      await sleep(FROZEN_MS);
      if (stateOf(pid) === 'T') injected(`Redis frozen for ${FROZEN_MS} ms`);
    } finally {
      process.kill(pid, 'SIGCONT');
      mended();
    }
    return () => mustAllBeAccepted(client.posted().filter(({ at }) => at >= frozenAt));
  },
};
