import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '@flotilla/agent';
import type { Fixture } from '../db/fixture.ts';
import { createTestWorker, type TestWorker } from './worker.ts';

const WORKERS = 3;
const RUNNING_MAX = 30;

export type Stage = {
  ring(missionId: string): void;
  /** Kills one of the workers with all that it has in hand; another one takes its place. */
  kill(): Promise<void>;
  /** Resolves when nothing is queued or running any more. */
  isIdle(): Promise<void>;
};

/** A few workers that answer bells, until told no more. */
export async function openStage(f: Fixture, provider: Provider): Promise<Stage> {
  const bells: string[] = [];
  const workers: TestWorker[] = [];
  const inHand = new Map<TestWorker, number>();
  let running = 0;
  let turn = 0;

  function ring(missionId: string, afterMs = 0): void {
    if (afterMs > 0) setTimeout(() => ring(missionId), afterMs + 5).unref();
    else bells.push(missionId);
    answer();
  }

  function answer(): void {
    while (running < RUNNING_MAX && bells.length > 0) {
      const missionId = bells.shift();
      const worker = workers[turn++ % workers.length];
      if (missionId === undefined || !worker) return;
      running += 1;
      inHand.set(worker, (inHand.get(worker) ?? 0) + 1);
      void worker.run(missionId).then(() => {
        if (!workers.includes(worker)) return;
        running -= 1;
        inHand.set(worker, (inHand.get(worker) ?? 0) - 1);
        answer();
      });
    }
  }

  for (let index = 0; index < WORKERS; index++) workers.push(await createTestWorker(f, provider, ring));

  return {
    ring,
    async kill() {
      const victim = workers.shift();
      if (!victim) return;
      victim.die();
      running -= inHand.get(victim) ?? 0;
      workers.push(await createTestWorker(f, provider, ring));
      // Its lease, which nobody renews any more, is over before long. What it has in hand, the sweep takes from it.
      await sleep(100);
      await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [victim.id]);
    },
    async isIdle() {
      for (;;) {
        for (const { missionId, status } of await f.db.sweep.requeueOrphans()) if (status === 'queued') ring(missionId);
        for (const { missionId } of (await f.db.sweep.settleFamilies()).bells) ring(missionId);
        const { rows } = await f.sql.query<{ id: string; isLost: boolean }>(
          `SELECT id, status = 'queued' AND run_after < now() - interval '2 seconds' AS "isLost"
           FROM missions WHERE status IN ('queued', 'running')`,
        );
        if (rows.length === 0) return;
        // What no bell reaches, the sweep finds.
        if (running === 0) for (const { id, isLost } of rows) if (isLost) ring(id);
        await sleep(50);
      }
    },
  };
}
