import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const ROUNDS = 8;
const ROUNDS_SHORT = 2;

export const workerSigkill: Scenario = {
  name: 'worker-sigkill',
  about: 'one worker after the other is killed and replaced',
  workers: 3,
  backends: ['redis', 'postgres'],
  short: ['redis'],
  async inject({ fleet, random, isShort, injected }) {
    for (let round = 0; round < (isShort ? ROUNDS_SHORT : ROUNDS); round++) {
      const victim = fleet.anyWorker();
      const [beforeMs, afterMs] = [random.between(500, 1_500), random.between(0, 500)];
      await sleep(beforeMs);
      victim.signal('SIGKILL');
      const { signal } = await victim.exited;
      if (signal === 'SIGKILL') injected(`${victim.name} killed`);
      await sleep(afterMs);
      await fleet.startWorker();
    }
  },
};
