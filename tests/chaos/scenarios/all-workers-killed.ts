import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

export const allWorkersKilled: Scenario = {
  name: 'all-workers-killed',
  about: 'every worker is killed at the same moment, and new ones come',
  workers: 3,
  backends: ['redis', 'postgres'],
  short: ['postgres'],
  async inject({ fleet, injected }) {
    const victims = fleet.workers();
    for (const victim of victims) victim.signal('SIGKILL');
    for (const victim of victims) {
      const { signal } = await victim.exited;
      if (signal === 'SIGKILL') injected(`${victim.name} killed`);
    }
    await sleep(1_000);
    await Promise.all(victims.map(() => fleet.startWorker()));
  },
};
