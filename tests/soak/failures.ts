import type { Scrape } from '../integration/ops/scrape.ts';

type Failure = { metric: string; count(of: Scrape): number };

const REQUESTS = 'flotilla_http_request_duration_seconds_count';
const MODEL_CALLS = 'flotilla_model_call_duration_seconds_count';
const TOOL_CALLS = 'flotilla_tool_call_duration_seconds_count';
const ENDED = 'flotilla_missions_ended_total';
const RELEASED = 'flotilla_missions_released_total';
const COMMITS = 'flotilla_batch_duration_seconds_count';
const LEASES = 'flotilla_lease_losses_total';
const FENCED = 'flotilla_fenced_writes_total';
const REPAIRS = 'flotilla_sweep_repairs_total';
const SWEEPS = 'flotilla_sweep_failures_total';

/** A bell that has lain for long is rung again: that belongs to a backlog, and nothing was broken. */
const RUNG_AGAIN = ['mission_rung', 'delivery_rung'] as const;

/** What goes wrong in a process without its ending by that: how often, since it was started. */
export const FAILURES = {
  'requests failed': {
    metric: REQUESTS,
    count: (of) => ['429', '500', '503', '504'].reduce((sum, status) => sum + of(REQUESTS, { status }), 0),
  },
  'model calls without a reply': {
    metric: MODEL_CALLS,
    count: (of) => of(MODEL_CALLS) - of(MODEL_CALLS, { outcome: 'ok' }),
  },
  'tool calls without a result': {
    metric: TOOL_CALLS,
    count: (of) => of(TOOL_CALLS) - of(TOOL_CALLS, { outcome: 'ok' }),
  },
  'missions given back': { metric: RELEASED, count: (of) => of(RELEASED) },
  'missions not completed': { metric: ENDED, count: (of) => of(ENDED) - of(ENDED, { status: 'completed' }) },
  'commits failed': { metric: COMMITS, count: (of) => of(COMMITS, { outcome: 'failed' }) },
  'leases lost': { metric: LEASES, count: (of) => of(LEASES) },
  'writes fenced': { metric: FENCED, count: (of) => of(FENCED) },
  'repairs of the sweep': {
    metric: REPAIRS,
    count: (of) => RUNG_AGAIN.reduce((sum, repair) => sum - of(REPAIRS, { repair }), of(REPAIRS)),
  },
  'sweeps failed': { metric: SWEEPS, count: (of) => of(SWEEPS) },
} as const satisfies Record<string, Failure>;
export type FailureName = keyof typeof FAILURES;
