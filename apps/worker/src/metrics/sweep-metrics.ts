import { BUCKETS, type Metrics } from '@flotilla/platform';
import { REPAIRS, type WorkerFacts } from '../facts.ts';

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
  for (const repair of REPAIRS) repairs.inc({ repair }, 0);

  return {
    repaired: (repair, count = 1) => repairs.inc({ repair }, count),
    sweepPartFailed: (part) => failures.inc({ part }),
    deliveryAttempted: ({ outcome, durationMs }) => deliveries.observe({ outcome }, durationMs / 1_000),
  };
}
