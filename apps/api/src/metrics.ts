import { BUCKETS, createEndedCounter, type Metrics } from '@flotilla/platform';

/** A request that was answered, or given up. `route`: its pattern; `null` where none matched. */
export type AnsweredRequest = { method: string; route: string | null; status: number; durationMs: number };

/** What the API tells of its work, in its own words; `createApiMetrics` makes figures of it. */
export type ApiFacts = {
  answered(request: AnsweredRequest): void;
  accepted(mission: { pool: string }): void;
  /** Cancelled while it was queued or waiting; a running one is ended, and counted, by its worker. */
  cancelled(mission: { pool: string; code: string }): void;
  /** Those who follow a mission or wait for its end right now. */
  watchReaders(count: () => number): void;
};

/** Methods that routes have; the others are one, since a client may send any of thirty. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

export function createApiMetrics(metrics: Metrics): ApiFacts {
  const requests = metrics.histogram({
    name: 'flotilla_http_request_duration_seconds',
    help: 'Time from a request’s header to the end of its answer, by method, route and status.',
    labels: ['method', 'route', 'status'],
    buckets: BUCKETS.fast,
  });
  const accepted = metrics.counter({
    name: 'flotilla_missions_accepted_total',
    help: 'Missions that were stored and answered with 202, by pool.',
    labels: ['pool'],
  });
  const readers = metrics.gauge({
    name: 'flotilla_event_readers',
    help: 'Requests that are held open for a mission’s events, or for its end.',
  });
  const countEnded = createEndedCounter(metrics);

  return {
    answered({ method, route, status, durationMs }) {
      const labels = { method: METHODS.has(method) ? method : 'other', route: route ?? 'none', status };
      requests.observe(labels, durationMs / 1_000);
    },
    accepted: ({ pool }) => accepted.inc({ pool }),
    watchReaders(count) {
      metrics.onScrape({ name: 'readers', read: async () => readers.set(count()), clear: () => readers.reset() });
    },
    cancelled: ({ pool, code }) => countEnded({ pool, status: 'cancelled', code }),
  };
}
