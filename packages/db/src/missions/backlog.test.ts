import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BacklogFullError, createBacklogGate } from './backlog.ts';

/** A gate before a table of rows; a row is seen by a count once its `store` has come back. */
function createBench(maxQueued: number) {
  const bench = { queued: 0, counts: 0, nowMs: 0 };
  const gate = createBacklogGate({
    async count() {
      bench.counts += 1;
      await turn();
      return { queued: bench.queued, maxQueued };
    },
    now: () => bench.nowMs,
  });
  const admit = (missions = 1) =>
    gate
      .admit('acc', missions, async () => {
        await turn();
        bench.queued += missions;
        return true;
      })
      .catch((error: unknown) => {
        if (error instanceof BacklogFullError) return false;
        throw error;
      });
  return { bench, admit };
}

describe('createBacklogGate', () => {
  it('counts once for a thousand that come at once, and once a second after that', async () => {
    const { bench, admit } = createBench(10_000);
    await Promise.all(Array.from({ length: 1_000 }, () => admit()));
    expect(bench).toMatchObject({ queued: 1_000, counts: 1 });
    bench.nowMs = 999;
    await admit();
    expect(bench.counts).toBe(1);
    bench.nowMs = 1_000;
    await admit();
    expect(bench.counts).toBe(2);
  });

  it('never overruns the cap, also when a count does not see what is on its way', async () => {
    const { bench, admit } = createBench(50);
    for (let burst = 0; burst < 20; burst++) {
      void Promise.all(Array.from({ length: 7 }, () => admit()));
      bench.nowMs += 100;
      if (burst % 3 === 0) await turn();
    }
    for (let wait = 0; wait < 10; wait++) await turn();
    expect(bench.queued).toBe(50);
  });

  it('refuses nobody a place that is free, however much is on its way while it counts', async () => {
    const { bench, admit } = createBench(50);
    const outcomes: Promise<boolean>[] = [];
    for (let burst = 0; burst < 30; burst++) {
      outcomes.push(...Array.from({ length: 3 }, () => admit()));
      bench.nowMs += 100;
      if (burst % 2 === 0) await turn();
    }
    expect((await Promise.all(outcomes)).filter(Boolean)).toHaveLength(50);
  });

  it('takes several together or none of them', async () => {
    const { bench, admit } = createBench(10);
    expect(await admit(8)).toBe(true);
    expect(await admit(3)).toBe(false);
    expect(await admit(2)).toBe(true);
    expect(bench.queued).toBe(10);
  });

  it('lets more in when some have run, and counts again at most ten times a second to find out', async () => {
    const { bench, admit } = createBench(1);
    await admit();
    bench.queued = 0;
    for (let number = 0; number < 100; number++) expect(await admit()).toBe(false);
    expect(bench.counts).toBe(1);
    bench.nowMs = 100;
    expect(await admit()).toBe(true);
  });
});
