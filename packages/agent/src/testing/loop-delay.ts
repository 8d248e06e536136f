import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Watches, from now on, how long this process keeps what is due waiting. */
export function watchLoopDelay(): { stop(what: string): number } {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  return {
    /** The 99th percentile in milliseconds, which it prints as well. */
    stop(what) {
      delays.disable();
      const p99Ms = delays.percentile(99) / 1e6;
      process.stdout.write(`loop delay p99 while ${what}: ${p99Ms.toFixed(1)} ms\n`);
      return p99Ms;
    },
  };
}

/**
 * The figure is to be under 50 ms on a machine of its own; on one that is busy with other things this says as much: a
 * process that runs a script itself stands still for as long as the script takes.
 */
export const LOOP_DELAY_MAX_MS = 500;
