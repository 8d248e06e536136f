import type { Metrics } from './metrics.ts';

/** Bells that were rung, or were not, as far as can be told, and are left to the sweep. */
type RungBells = { bells: number; outcome: 'rung' | 'lost' };

/** APIs ring for what is new, workers for what goes on and what is overdue: one figure for both. */
export function createBellCounter(metrics: Metrics): (rung: RungBells) => void {
  const counter = metrics.counter({
    name: 'flotilla_bells_total',
    help: 'Bells that this process has rung, by outcome; one that is lost is rung again by the sweep.',
    labels: ['outcome'],
  });
  for (const outcome of ['rung', 'lost'] as const) counter.inc({ outcome }, 0);
  return ({ bells, outcome }) => counter.inc({ outcome }, bells);
}
