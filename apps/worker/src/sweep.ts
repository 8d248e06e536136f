import { setTimeout as sleep } from 'node:timers/promises';
import {
  BACKLOG_EVERY_MS,
  HOUSEKEEPING_EVERY_MS,
  isTerminal,
  missionBell,
  SWEEP_BATCH_ROWS,
  SWEEP_EVERY_MS,
} from '@flotilla/core';
import {
  type Database,
  type DueDelivery,
  type EndedMission,
  FORGET_ROWS,
  PURGE_ROWS,
  type SweepWork,
} from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';
import { ringDeliveries } from './ring.ts';
import type { RingLater } from './ring-later.ts';
import { tellAftermath } from './tell-aftermath.ts';

/** Long enough for a few hundred short missions. */
const TOP_UP_AGAIN_AFTER_MS = 250;
const PASSED_BY_AGAIN_AFTER_MS = 40;

export type SweepOptions = {
  db: Database;
  queue: Queue;
  logger: Logger;
  facts: Pick<WorkerFacts, 'missionLeft' | 'repaired' | 'sweepPartFailed'>;
  isStopping: () => boolean;
  /** A slot of this account is free, and somebody may be waiting for it. */
  wakeNext: (accountId: string) => void;
  /** A mission has ended, and its session, its parent or its children may be concerned. */
  followUp: (end: EndedMission) => void;
  ringLater: RingLater;
};

/**
 * The periodic pass over what is overdue: missions of dead workers, missions whose bell was lost or has come due,
 * deliveries likewise. It runs on whichever worker won the turn with its heartbeat, does what that said there is to do,
 * and logs and counts every repair.
 *
 * It tops the queue up rather than ringing everything: as long as the queue holds twice a pool's slots, nobody is idle
 * for want of a bell, and a flushed Redis under a deep backlog does not become a storm.
 */
export function createSweep(options: SweepOptions): (work: SweepWork) => Promise<void> {
  const { db, queue, logger, facts } = options;
  const now = () => performance.now();
  let houseKeptAt = Number.NEGATIVE_INFINITY;
  let backlogsCountedAt = Number.NEGATIVE_INFINITY;

  async function requeueOrphans(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS;
    // A worker may leave more than a batch behind, and each turn that they wait for is a turn longer without a worker.
    while ((await requeueBatch()) === SWEEP_BATCH_ROWS && now() < until && !options.isStopping());
  }

  async function requeueBatch(): Promise<number> {
    const orphans = await db.sweep.requeueOrphans();
    for (const orphan of orphans) {
      const { missionId, status, code, pool, priority, rings } = orphan;
      facts.repaired(status === 'queued' ? 'orphan_requeued' : 'orphan_ended');
      facts.missionLeft({ pool, status, code });
      logger.warn('took a mission from a worker that stopped answering', { missionId, status });
      if (status === 'queued') void queue.ring({ job: 'mission', missionId, pool, priority, ring: rings, front: true });
      ringDeliveries(queue, orphan.deliveryIds);
      if (isTerminal(status)) options.followUp(orphan);
    }
    // After the bells of those that had the slots: they come first.
    for (const { accountId } of orphans) options.wakeNext(accountId);
    return orphans.length;
  }

  async function endOverdue(): Promise<void> {
    for (const overdue of await db.sweep.endOverdue()) {
      const { missionId, pool, code, deliveryIds } = overdue;
      facts.repaired('overdue_ended');
      facts.missionLeft({ pool, status: 'failed', code });
      logger.info('ended a mission past its time', { missionId, code });
      ringDeliveries(queue, deliveryIds);
      if (overdue.wakes) options.wakeNext(overdue.accountId);
      options.followUp(overdue);
    }
  }

  async function expireAnswers(): Promise<void> {
    const bells = await db.sweep.expireAnswers();
    facts.repaired('answer_expired', bells.length);
    if (bells.length > 0) logger.info('missions go on without answers that never came', { missions: bells.length });
    await queue.ringAll(bells.map(missionBell));
  }

  async function settleFamilies(): Promise<void> {
    const aftermath = await db.sweep.settleFamilies();
    const { bells, cancelled, toStop } = aftermath;
    facts.repaired('parent_woken', bells.length);
    facts.repaired('child_cancelled', cancelled.length + toStop.length);
    if (bells.length > 0) logger.warn('woke parents whose last child had ended unheard', { missions: bells.length });
    if (cancelled.length + toStop.length > 0) {
      logger.warn('cancelled children whose parent had ended unheard', {
        ended: cancelled.length,
        asked: toStop.length,
      });
    }
    await tellAftermath({ queue, facts }, aftermath);
  }

  async function keepHouse(): Promise<void> {
    if (now() < houseKeptAt + HOUSEKEEPING_EVERY_MS) return;
    houseKeptAt = now();
    for (const repaired of await db.sweep.repairCounters()) {
      facts.repaired('counter_repaired');
      logger.error('an account’s counter was wrong and was set right', repaired);
    }
    for (const repaired of await db.sweep.repairEndpoints()) {
      facts.repaired('counter_repaired');
      logger.error('a webhook endpoint’s counter was wrong and was set right', repaired);
    }
    await db.sweep.forgetWorkers();
    await rollUpUsage();
    await forget(db.sweep.forgetResponses);
    await forget(db.sweep.forgetRecords);
    await forget(db.sweep.forgetEndpoints);
    if ((await purge()) === 'more') houseKeptAt = Number.NEGATIVE_INFINITY;
  }

  /** What is left for the next time is only summed a little later: who asks is told of it all the same. */
  async function rollUpUsage(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 4;
    while ((await db.sweep.rollUpUsage()) > 0 && now() < until && !options.isStopping());
  }

  /** What is over of them cannot be in anybody's way, and what this turn leaves the next one finds. */
  async function forget(batch: () => Promise<number>): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 4;
    while ((await batch()) === FORGET_ROWS && now() < until && !options.isStopping());
  }

  /** Short batches, so that their locks are gone in a moment, for no longer than until the next turn. */
  async function purge(): Promise<'done' | 'more'> {
    const until = now() + SWEEP_EVERY_MS / 2;
    let purged = 0;
    let batch: number;
    do {
      batch = await db.sweep.purgeEnded();
      purged += batch;
    } while (batch === PURGE_ROWS && now() < until && !options.isStopping());
    facts.repaired('mission_purged', purged);
    if (purged > 0) logger.info('purged missions past their retention', { purged });
    return batch === PURGE_ROWS ? 'more' : 'done';
  }

  async function countBacklogs(): Promise<void> {
    if (now() < backlogsCountedAt + BACKLOG_EVERY_MS) return;
    backlogsCountedAt = now();
    await db.sweep.countPoolBacklogs();
  }

  /** @returns whether more may be due than the queue had room for */
  async function topUp({ pool, slots }: { pool: string; slots: number }): Promise<boolean> {
    const missing = Math.min(SWEEP_BATCH_ROWS, 2 * slots - (await queue.depth({ job: 'mission', pool })));
    if (missing <= 0) return slots > 0;
    const due = await db.sweep.takeDueMissions(pool, missing);
    if (due.length === 0) return false;
    const later = due.filter((mission) => mission.afterMs > 0);
    options.ringLater(later);
    const rings = due.length - later.length;
    if (rings === 0) return false;
    const rung = await queue.ringAll(due.filter((mission) => mission.afterMs === 0).map(missionBell));
    facts.repaired('mission_rung', rings);
    logger.info('rang missions that were due', { pool, due: rings, rung, later: later.length });
    return rings === missing && rung > 0;
  }

  async function ringMissions(): Promise<void> {
    let pools = await db.sweep.countSlots();
    // Short missions empty the queue long before the next turn: a deep backlog is fed until this one is over.
    const until = now() + SWEEP_EVERY_MS;
    for (;;) {
      const hungry: typeof pools = [];
      for (const pool of pools) if (await topUp(pool)) hungry.push(pool);
      if (hungry.length === 0 || now() + TOP_UP_AGAIN_AFTER_MS >= until || options.isStopping()) return;
      pools = hungry;
      await sleep(TOP_UP_AGAIN_AFTER_MS);
    }
  }

  async function ringOverdueDeliveries(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 2;
    for (;;) {
      const { bells, taken, passedBy } = await db.sweep.takeDueDeliveries();
      await ringDue(bells);
      if ((taken < SWEEP_BATCH_ROWS && passedBy === 0) || now() >= until || options.isStopping()) break;
      // A busy endpoint is locked at one moment, and not at the next.
      if (passedBy > 0) await sleep(PASSED_BY_AGAIN_AFTER_MS);
    }
    await ringDue(await db.sweep.wakeDeliveries());
  }

  async function ringDue(due: readonly DueDelivery[]): Promise<void> {
    if (due.length === 0) return;
    const rung = await queue.ringAll(
      due.map(({ deliveryId, rings }) => ({ job: 'delivery', deliveryId, ring: rings })),
    );
    facts.repaired('delivery_rung', due.length);
    logger.info('rang deliveries that were due', { due: due.length, rung });
  }

  return async function sweep(work) {
    const parts = [
      ...(work.orphans ? [requeueOrphans] : []),
      ...(work.overdue ? [endOverdue] : []),
      ...(work.answers ? [expireAnswers] : []),
      ...(work.families ? [settleFamilies] : []),
      ...(work.missions ? [ringMissions] : []),
      ...(work.deliveries ? [ringOverdueDeliveries] : []),
      countBacklogs,
      keepHouse,
    ];
    // One part that fails must not keep the others from their turn.
    for (const part of parts) {
      try {
        await part();
      } catch (error) {
        facts.sweepPartFailed(part.name);
        logger.error('a part of the sweep failed', { part: part.name, error });
      }
    }
  };
}
