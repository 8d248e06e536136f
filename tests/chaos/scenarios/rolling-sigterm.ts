import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const WORKERS = 3;
/** How often the whole fleet is replaced. */
const FLEETS = 4;

export const rollingSigterm: Scenario = {
  name: 'rolling-sigterm',
  about: 'the fleet is replaced worker by worker, every few seconds, under load',
  workers: WORKERS,
  backends: ['redis', 'postgres'],
  short: ['redis'],
  async inject({ fleet, random, isShort, injected, mended }) {
    const strange: string[] = [];
    const told = new Set<string>();
    const ends: Promise<void>[] = [];
    for (let round = 0; round < WORKERS * (isShort ? 1 : FLEETS); round++) {
      // Told twice, one would leave at once; on a quick machine the next is there before it has handed over.
      const oldest = fleet.workers().find(({ name }) => !told.has(name));
      if (!oldest) break;
      told.add(oldest.name);
      await fleet.startWorker();
      oldest.signal('SIGTERM');
      injected(`${oldest.name} told to end`);
      ends.push(
        oldest.exited.then(({ code, signal }) => {
          if (code !== 0) strange.push(`${oldest.name} ended with ${signal ?? code}`);
        }),
      );
      const waitMs = random.between(500, 1_500);
      await sleep(waitMs);
    }
    await Promise.all(ends);
    mended();
    return () => strange;
  },
};
