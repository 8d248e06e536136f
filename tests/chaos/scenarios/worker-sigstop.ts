import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_EXPIRES_AFTER_MS } from '@flotilla/core';
import type { Scenario } from '../scenario.ts';
import { stateOf } from '../stage/process.ts';

/** Until the database has given the missions away, and their new workers are well into them. */
const FROZEN_MS = LEASE_EXPIRES_AFTER_MS + 6_000;

export const workerSigstop: Scenario = {
  name: 'worker-sigstop',
  about: 'a worker is frozen past its lease, and wakes as a zombie',
  workers: 3,
  backends: ['redis', 'postgres'],
  async inject({ fleet, injected }) {
    const zombie = fleet.anyWorker();
    zombie.signal('SIGSTOP');
    await sleep(FROZEN_MS);
    if (stateOf(zombie.pid) === 'T') injected(`${zombie.name} frozen for ${FROZEN_MS} ms`);
    zombie.signal('SIGCONT');
    await sleep(2_000);
  },
};
