import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const SHORT = ['fast', 'immediate'] as const;
const LONG = ['fast', 'immediate', 'immediate', 'fast', 'immediate'] as const;

export const postgresRestart: Scenario = {
  name: 'postgres-restart',
  about: 'Postgres is restarted under load, in order and by a crash',
  backends: ['redis', 'postgres'],
  short: ['postgres'],
  async inject({ postgres, random, isShort, injected, mended }) {
    for (const how of isShort ? SHORT : LONG) {
      await postgres.stop(how);
      injected(`Postgres stopped: ${how}`);
      const downMs = random.between(200, 2_000);
      await sleep(downMs);
      await postgres.start();
      mended();
      await sleep(1_500);
    }
  },
};
