import { createEndedCounter, type Metrics } from '@flotilla/platform';
import { FENCED_WRITES, type WorkerFacts } from '../facts.ts';

type MissionFacts = Pick<
  WorkerFacts,
  'missionClaimed' | 'missionLeft' | 'stepCommitted' | 'historyLoaded' | 'fenced' | 'leaseLost'
>;

/** The life of missions on this worker. */
export function createMissionMetrics(metrics: Metrics): MissionFacts {
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

  return {
    missionClaimed: ({ pool }) => claimed.inc({ pool }),
    missionLeft({ pool, status, code }) {
      if (status === 'queued') released.inc({ pool, code });
      else if (status === 'waiting') parked.inc({ pool, code });
      else countEnded({ pool, status, code });
    },
    stepCommitted: () => steps.inc(),
    historyLoaded: (source) => histories.inc({ source }),
    fenced: (write) => fenced.inc({ write }),
    leaseLost: () => leaseLosses.inc(),
  };
}
