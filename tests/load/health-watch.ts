import { setTimeout as sleep } from 'node:timers/promises';
import { callOps } from '../integration/ops/call-ops.ts';

/** How a process said it was, so many milliseconds after the watch began. `load`: what it said of its load. */
export type Said = { atMs: number; live: number; ready: number; load: string };

const EVERY_MS = 250;

/** Asks a process by its operators' port how it is, until it is stopped. */
export function watchHealth(opsUrl: string) {
  const startedAt = performance.now();
  const said: Said[] = [];
  const stopped = new AbortController();

  async function look(): Promise<void> {
    const [live, ready] = await Promise.all([
      callOps(`${opsUrl}/healthz`, { key: null }),
      callOps(`${opsUrl}/readyz`, { key: null }),
    ]);
    const { checks } = JSON.parse(ready.text);
    said.push({ atMs: performance.now() - startedAt, live: live.status, ready: ready.status, load: checks.load });
  }
  async function watching(): Promise<void> {
    while (!stopped.signal.aborted) {
      await look().catch(() =>
        said.push({ atMs: performance.now() - startedAt, live: 0, ready: 0, load: 'no answer' }),
      );
      await sleep(EVERY_MS);
    }
  }
  const running = watching();
  return {
    said,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
