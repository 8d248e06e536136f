import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';

/** What a loop may be late by under load (AR-11), on a machine that keeps nothing waiting itself. */
const LATE_BY_MS = 50;
const RESOLUTION_MS = 5;

/** An idle loop in a thread of its own: what it is late by is the machine's doing. */
const IDLE_LOOP = `
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { parentPort } = require('node:worker_threads');
const delays = monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} });
delays.enable();
parentPort.once('message', () => parentPort.postMessage(delays.percentile(99)));
`;

export type LoopDelay = {
  /** The 99th percentile of this process's loop. */
  p99Ms: number;
  /** What it has to stay below: 50 ms, and what an idle loop was late by on the same machine in the same time. */
  maxMs: number;
};

/** Watches, from now on, how long this process keeps what is due waiting. */
export function watchLoopDelay(): { stop(what: string): Promise<LoopDelay> } {
  const idle = new Worker(IDLE_LOOP, { eval: true });
  idle.unref();
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return {
    /** What it has seen, which it prints as well. */
    async stop(what) {
      delays.disable();
      const answer = new Promise<number>((resolve) => void idle.once('message', resolve));
      idle.postMessage('stop', []);
      const idleMs = (await answer) / 1e6;
      await idle.terminate();
      const p99Ms = delays.percentile(99) / 1e6;
      process.stdout.write(
        `loop delay p99 while ${what}: ${p99Ms.toFixed(1)} ms; of an idle loop: ${idleMs.toFixed(1)} ms\n`,
      );
      return { p99Ms, maxMs: LATE_BY_MS + idleMs };
    },
  };
}
