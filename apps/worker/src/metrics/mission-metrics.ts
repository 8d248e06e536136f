import { FAILURE_CODES, STATUS_CODES } from '@flotilla/core';
import { BUCKETS, createEndedCounter, type Metrics } from '@flotilla/platform';
import { FENCED_WRITES, type WorkerFacts } from '../facts.ts';
import { createKnownNames } from './known-names.ts';

type MissionFacts = Pick<
  WorkerFacts,
  | 'missionClaimed'
  | 'missionLeft'
  | 'missionEnded'
  | 'stepCommitted'
  | 'stepCompleted'
  | 'historyLoaded'
  | 'fenced'
  | 'leaseLost'
>;

/** Why a mission waits, and how it may end: all there is of them, so that the series of a pool are bounded. */
const WAITS = STATUS_CODES.filter((code) => code.startsWith('awaiting_'));
const ENDS = [
  { status: 'completed', code: 'none' },
  ...Object.keys(FAILURE_CODES).map((code) => ({ status: 'failed', code })),
  { status: 'cancelled', code: 'cancelled_by_client' },
  { status: 'cancelled', code: 'parent_ended' },
];

/** The life of missions on this worker, which serves these pools. */
export function createMissionMetrics(metrics: Metrics, pools: readonly string[]): MissionFacts {
  const claimed = metrics.counter({
    name: 'flotilla_missions_claimed_total',
    help: 'Claims of missions, by pool; one that goes on after a wait, a retry or a dead worker is claimed again.',
    labels: ['pool'],
  });
  const released = metrics.counter({
    name: 'flotilla_missions_released_total',
    help: 'Missions given back to the queue, by pool and code.',
    labels: ['pool', 'code'],
  });
  const parked = metrics.counter({
    name: 'flotilla_missions_parked_total',
    help: 'Missions that gave their slot up to wait for an answer, an approval or children, by pool and code.',
    labels: ['pool', 'code'],
  });
  const waits = metrics.histogram({
    name: 'flotilla_mission_wait_seconds',
    help: 'Time from a mission’s being due to its first claim, by pool.',
    labels: ['pool'],
    buckets: BUCKETS.slow,
  });
  const ofAgents = metrics.counter({
    name: 'flotilla_agent_missions_ended_total',
    help: 'Missions that ended on this worker, by the agent they name and status.',
    labels: ['agent', 'status'],
  });
  const stepDuration = metrics.histogram({
    name: 'flotilla_step_duration_seconds',
    help: 'Time of one step, from its model call to the last of its commits, by kind.',
    labels: ['kind'],
    buckets: BUCKETS.slow,
  });
  const isKnownAgent = createKnownNames();
  const steps = metrics.counter({ name: 'flotilla_steps_total', help: 'Steps committed: model responses stored.' });
  const histories = metrics.counter({
    name: 'flotilla_history_loads_total',
    help: 'Steps that needed the steps before them, by where those were found.',
    labels: ['source'],
  });
  const fenced = metrics.counter({
    name: 'flotilla_fenced_writes_total',
    help: 'Writes refused because another attempt owns the mission or the delivery, by kind of write.',
    labels: ['write'],
  });
  const leaseLosses = metrics.counter({
    name: 'flotilla_lease_losses_total',
    help: 'Leases of this worker that ran out: each time, everything in hand was dropped.',
  });
  const countEnded = createEndedCounter(metrics);
  // A series that is not there yet has no rate: its first increment would be seen by no alert.
  for (const write of FENCED_WRITES) fenced.inc({ write }, 0);
  for (const source of ['memory', 'postgres']) histories.inc({ source }, 0);
  for (const pool of pools) {
    for (const code of WAITS) parked.inc({ pool, code }, 0);
    for (const end of ENDS) countEnded({ pool, ...end }, 0);
  }

  return {
    missionClaimed({ pool, attempt, queuedMs }) {
      claimed.inc({ pool });
      if (attempt === 1) waits.observe({ pool }, queuedMs / 1_000);
    },
    missionLeft({ pool, status, code }) {
      if (status === 'queued') released.inc({ pool, code });
      else if (status === 'waiting') parked.inc({ pool, code });
      else countEnded({ pool, status, code });
    },
    missionEnded({ agent, status }) {
      const name = agent === null || isKnownAgent(agent, true) ? (agent ?? 'none') : 'other';
      ofAgents.inc({ agent: name, status });
    },
    stepCommitted: () => steps.inc(),
    stepCompleted: ({ kind, durationMs }) => stepDuration.observe({ kind }, durationMs / 1_000),
    historyLoaded: (source) => histories.inc({ source }),
    fenced: (write) => fenced.inc({ write }),
    leaseLost: () => leaseLosses.inc(),
  };
}
