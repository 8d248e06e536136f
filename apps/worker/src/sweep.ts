import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import { ringDeliveries } from './ring.ts';

/**
 * The periodic pass over what is overdue: missions of dead workers, missions whose bell was lost or has come due,
 * deliveries likewise. It runs on whichever worker won the turn with its heartbeat, and every repair is logged.
 *
 * It tops the queue up rather than ringing everything: as long as the queue holds twice a pool's slots, nobody is idle
 * for want of a bell, and a flushed Redis under a deep backlog does not become a storm.
 */
export function createSweep({
  db,
  queue,
  logger,
}: {
  db: Database;
  queue: Queue;
  logger: Logger;
}): () => Promise<void> {
  async function requeueOrphans(): Promise<void> {
    for (const orphan of await db.sweep.requeueOrphans()) {
      const { missionId, status, pool, priority, rings } = orphan;
      logger.warn('took a mission from a worker that stopped answering', { missionId, status });
      if (status === 'queued') void queue.ring({ job: 'mission', missionId, pool, priority, ring: rings, front: true });
      ringDeliveries(queue, orphan.deliveryIds);
    }
  }

  async function ringMissions(): Promise<void> {
    for (const { pool, slots } of await db.sweep.countSlots()) {
      const missing = Math.min(SWEEP_BATCH_ROWS, 2 * slots - (await queue.depth({ job: 'mission', pool })));
      if (missing <= 0) continue;
      const due = await db.sweep.takeDueMissions(pool, missing);
      if (due.length === 0) continue;
      const rung = await queue.ringAll(
        due.map(({ rings, ...mission }) => ({ job: 'mission', ...mission, ring: rings })),
      );
      logger.info('rang missions that were due', { pool, due: due.length, rung });
    }
  }

  async function ringOverdueDeliveries(): Promise<void> {
    const due = await db.sweep.takeDueDeliveries();
    if (due.length === 0) return;
    const rung = await queue.ringAll(
      due.map(({ deliveryId, rings }) => ({ job: 'delivery', deliveryId, ring: rings })),
    );
    logger.info('rang deliveries that were due', { due: due.length, rung });
  }

  return async function sweep() {
    // One part that fails must not keep the others from their turn.
    for (const part of [requeueOrphans, ringMissions, ringOverdueDeliveries]) {
      try {
        await part();
      } catch (error) {
        logger.error('a part of the sweep failed', { part: part.name, error });
      }
    }
  };
}
