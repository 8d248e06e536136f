import { BUCKETS, type Metrics } from '@flotilla/platform';
import { DELIVERY_OUTCOMES, REPAIRS, type WorkerFacts } from '../facts.ts';

/** What is put right, and what is told to receivers. */
export function createSweepMetrics(
  metrics: Metrics,
): Pick<WorkerFacts, 'repaired' | 'sweepPartFailed' | 'deliveryAttempted'> {
  const repairs = metrics.counter({
    name: 'flotilla_sweep_repairs_total',
    help: 'What was put right because something had been lost, forgotten or overdue, by kind.',
    labels: ['repair'],
  });
  const failures = metrics.counter({
    name: 'flotilla_sweep_failures_total',
    help: 'Parts of a sweep that failed and were left to the next, by part.',
    labels: ['part'],
  });
  const deliveries = metrics.histogram({
    name: 'flotilla_webhook_attempt_duration_seconds',
    help: 'Time of one webhook POST, by what became of its delivery.',
    labels: ['outcome'],
    buckets: BUCKETS.slow,
  });
  // A series that is not there yet has no rate: its first increment would be seen by no alert.
  for (const repair of REPAIRS) repairs.inc({ repair }, 0);
  for (const outcome of DELIVERY_OUTCOMES) deliveries.zero({ outcome });

  return {
    repaired: (repair, count = 1) => repairs.inc({ repair }, count),
    sweepPartFailed: (part) => failures.inc({ part }),
    deliveryAttempted: ({ outcome, durationMs }) => deliveries.observe({ outcome }, durationMs / 1_000),
  };
}
