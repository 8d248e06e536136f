import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const BLOCKED_MS = 30_000;

export const eventLoopBlocked: Scenario = {
  name: 'event-loop-blocked',
  about: "a tool blocks its worker's event loop for 30 s, far past the lease",
  backends: ['redis', 'postgres'],
  async inject({ sink, dir, fleet, injected, mended }) {
    sink.setFaults({ sink: { blockMs: BLOCKED_MS } });
    await sleep(BLOCKED_MS + 3_000);
    mended();
    for (const { name } of fleet.workers()) {
      const log = await readFile(join(dir, `${name}.log`), 'utf8');
      if (log.includes('lease lost')) injected(`${name} was blocked and lost its lease`);
    }
  },
};
