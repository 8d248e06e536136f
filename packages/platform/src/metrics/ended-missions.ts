import type { Metrics } from './metrics.ts';

/** A mission that ended, and why; `code` is `none` for a completed one. */
export type EndedMission = { pool: string; status: string; code: string };

/** Missions end in workers, but a cancel ends a queued one in the API: one figure for both. */
export function createEndedCounter(metrics: Metrics): (mission: EndedMission, count?: number) => void {
  const ended = metrics.counter({
    name: 'flotilla_missions_ended_total',
    help: 'Missions that ended, by pool, status and code.',
    labels: ['pool', 'status', 'code'],
  });
  return ({ pool, status, code }, count = 1) => ended.inc({ pool, status, code }, count);
}
