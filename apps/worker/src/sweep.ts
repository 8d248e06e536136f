import { setTimeout as sleep } from 'node:timers/promises';
import { BACKLOG_EVERY_MS, isTerminal, missionBell, SWEEP_BATCH_ROWS, SWEEP_EVERY_MS } from '@flotilla/core';
import type { Database, DueDelivery, EndedMission, SweepWork } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue, RingLater } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';
import { createHousekeeping } from './housekeeping.ts';
import { ringDeliveries } from './ring.ts';
import { createRingMissions } from './ring-missions.ts';
import { type AftermathQueue, tellAftermath } from './tell-aftermath.ts';

const PASSED_BY_AGAIN_AFTER_MS = 40;

export type SweepOptions = {
  db: Pick<Database, 'sweep'>;
  queue: AftermathQueue & Pick<Queue, 'depth' | 'holds'>;
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
 */
export function createSweep(options: SweepOptions): (work: SweepWork) => Promise<void> {
  const { db, queue, logger, facts } = options;
  const now = () => performance.now();
  const housekeeping = createHousekeeping(options);
  const ringMissions = createRingMissions(options);
  let backlogsCountedAt = Number.NEGATIVE_INFINITY;

  async function requeueOrphans(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS;
    // A worker may leave more than a batch behind, and each turn that they wait for is a turn longer without a worker.
    while ((await requeueBatch()) === SWEEP_BATCH_ROWS && now() < until && !options.isStopping());
  }

  async function requeueBatch(): Promise<number> {
    const orphans = await db.sweep.requeueOrphans();
    for (const orphan of orphans) {
      const { missionId, accountId, status, code, pool, priority, rings } = orphan;
      facts.repaired(status === 'queued' ? 'orphan_requeued' : 'orphan_ended');
      facts.missionLeft({ pool, status, code });
      logger.warn('took a mission from a worker that stopped answering', { missionId, accountId, status });
      if (status === 'queued') void queue.ring({ job: 'mission', missionId, pool, priority, ring: rings, front: true });
      ringDeliveries(queue, orphan.deliveryIds);
      if (isTerminal(status)) options.followUp(orphan);
    }
    // After the bells of those that had the slots: they come first.
    for (const { accountId } of orphans) options.wakeNext(accountId);
    return orphans.length;
  }

  async function endOverdue(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 2;
    // After an hour without a worker there may be thousands, whose owners wait to be told.
    while ((await endOverdueBatch()) >= SWEEP_BATCH_ROWS && now() < until && !options.isStopping());
  }

  async function endOverdueBatch(): Promise<number> {
    const ended = await db.sweep.endOverdue();
    for (const overdue of ended) {
      const { missionId, accountId, pool, code, deliveryIds } = overdue;
      facts.repaired('overdue_ended');
      facts.missionLeft({ pool, status: 'failed', code });
      logger.info('ended a mission past its time', { missionId, accountId, code });
      ringDeliveries(queue, deliveryIds);
      if (overdue.wakes) options.wakeNext(accountId);
      options.followUp(overdue);
    }
    return ended.length;
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

  async function countBacklogs(): Promise<void> {
    if (now() < backlogsCountedAt + BACKLOG_EVERY_MS) return;
    backlogsCountedAt = now();
    await db.sweep.countPoolBacklogs();
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
      ...housekeeping(),
    ];
    // One part that fails must not keep the others from their turn.
    for (const part of parts) {
      if (options.isStopping()) return;
      try {
        await part();
      } catch (error) {
        facts.sweepPartFailed(part.name);
        logger.error('a part of the sweep failed', { part: part.name, error });
      }
    }
  };
}
