import type { Metrics } from '@flotilla/platform';
import type { WorkerFacts } from '../facts.ts';
import { createCallMetrics } from './call-metrics.ts';
import { createMissionMetrics } from './mission-metrics.ts';
import { createSweepMetrics } from './sweep-metrics.ts';

export type WorkerState = { slots: number; running: number; isLive: boolean };

/** Every figure of a worker that serves these pools. `watch` names where its state is read when somebody asks. */
export function createWorkerMetrics(
  metrics: Metrics,
  pools: readonly string[],
): WorkerFacts & { watch(read: () => WorkerState): void } {
  const slots = metrics.gauge({ name: 'flotilla_worker_slots', help: 'Missions this worker may run at once.' });
  const running = metrics.gauge({ name: 'flotilla_worker_missions_running', help: 'Missions this worker runs now.' });
  const live = metrics.gauge({
    name: 'flotilla_worker_lease_live',
    help: '1 while this worker has a live lease and may claim, 0 otherwise.',
  });
  const paused = metrics.gauge({
    name: 'flotilla_worker_paused',
    help: '1 while this worker takes no missions because its event loop is late, 0 otherwise.',
  });
  const pausedSeconds = metrics.counter({
    name: 'flotilla_worker_paused_seconds_total',
    help: 'Time in which this worker took no missions because its event loop was late.',
  });
  return {
    ...createMissionMetrics(metrics, pools),
    ...createCallMetrics(metrics),
    ...createSweepMetrics(metrics),
    takingTurned(turn) {
      paused.set(turn.isPaused ? 1 : 0);
      if (!turn.isPaused) pausedSeconds.inc(turn.pausedMs / 1_000);
    },
    watch(read) {
      metrics.onScrape({
        name: 'worker',
        async read() {
          const state = read();
          slots.set(state.slots);
          running.set(state.running);
          live.set(state.isLive ? 1 : 0);
        },
        clear: () => undefined,
      });
    },
  };
}
