import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Node's histogram has this in every value. */
export const LOOP_LOOKED_AT_EVERY_MS = 10;

/** How late the event loop of this thread is from now on: whoever measures with it measures no finer. */
export function watchLoop(): { delayMs(percent: number): number } {
  const delays = monitorEventLoopDelay({ resolution: LOOP_LOOKED_AT_EVERY_MS });
  delays.enable();
  return { delayMs: (percent) => delays.percentile(percent) / 1e6 - LOOP_LOOKED_AT_EVERY_MS };
}

/** Later than this share of a line, whoever measures it has a part in what he measures. */
const SHARE_OF_LINE = 0.25;

/** Says so where the bench itself, and not the system under test, may be what was measured. */
export function sayIfLate(log: (line: string) => void, own: { what: string; delayMs: number; lineMs: number }): void {
  if (own.delayMs <= own.lineMs * SHARE_OF_LINE) return;
  log(`${own.what}: the bench itself was ${Math.round(own.delayMs)} ms late (p99), and is part of these figures`);
}
