import type { Database } from '@flotilla/db';
import type { Metrics } from '@flotilla/platform';
import type { Channel, Queue } from '@flotilla/queue';

/**
 * What pools have to do, and with what: the figures that scale a fleet. They are of the fleet, not of this process, and
 * every API process tells the same, also when no worker is left to tell anything.
 */
export function watchPools(
  metrics: Metrics,
  { pools, queue }: { pools: Pick<Database['pools'], 'backlogs'>; queue: Pick<Queue, 'counts'> },
): void {
  const gauge = (name: `flotilla_pool_${string}`, help: string) => metrics.gauge({ name, help, labels: ['pool'] });
  const due = gauge('flotilla_pool_due_missions', 'Missions queued, due and unpaused, by pool.');
  const oldest = gauge('flotilla_pool_oldest_due_seconds', 'How long the longest due mission has waited, by pool.');
  const oldestRunnable = gauge(
    'flotilla_pool_oldest_runnable_seconds',
    'For how long a free slot could have taken the longest waiting runnable mission, by pool.',
  );
  const runnable = gauge('flotilla_pool_runnable_missions', 'Due missions that a free slot could take, by pool.');
  const running = gauge('flotilla_pool_running_missions', 'Missions that run, by pool.');
  const workers = gauge('flotilla_pool_live_workers', 'Workers with a live lease that serve the pool.');
  const slots = gauge('flotilla_pool_slots', 'Slots of the workers that serve the pool.');
  const desired = gauge('flotilla_pool_desired_workers', 'Workers with room for all that runs and could run, by pool.');
  const bells = metrics.gauge({
    name: 'flotilla_queue_bells',
    help: 'Bells in the queue itself, as BullMQ counts them, by queue, pool and state.',
    labels: ['queue', 'pool', 'state'],
  });

  async function countBells(channel: Channel, labels: { queue: string; pool: string }): Promise<void> {
    const counts = await queue.counts(channel);
    for (const [state, count] of Object.entries(counts)) bells.set({ ...labels, state }, count);
  }

  metrics.onScrape({
    name: 'pools',
    async read() {
      for (const backlog of await pools.backlogs()) {
        const { pool } = backlog;
        due.set({ pool }, backlog.due);
        oldest.set({ pool }, backlog.oldestDueMs / 1_000);
        oldestRunnable.set({ pool }, backlog.oldestRunnableMs / 1_000);
        runnable.set({ pool }, backlog.runnable);
        running.set({ pool }, backlog.running);
        workers.set({ pool }, backlog.workers);
        slots.set({ pool }, backlog.slots);
        desired.set({ pool }, backlog.desiredWorkers);
      }
    },
    clear() {
      for (const one of [due, oldest, oldestRunnable, runnable, running, workers, slots, desired]) one.reset();
    },
  });
  metrics.onScrape({
    name: 'queue',
    async read() {
      const names = (await pools.backlogs()).map(({ pool }) => pool);
      await Promise.all([
        ...names.map((pool) => countBells({ job: 'mission', pool }, { queue: 'missions', pool })),
        countBells({ job: 'delivery' }, { queue: 'deliveries', pool: 'none' }),
      ]);
    },
    clear: () => bells.reset(),
  });
}
