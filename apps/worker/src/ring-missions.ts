import { setTimeout as sleep } from 'node:timers/promises';
import { missionBell, SWEEP_BATCH_ROWS, SWEEP_EVERY_MS } from '@flotilla/core';
import type { Database, DueMission, PoolSlots } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue, RingLater } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';

/** Long enough for a few hundred short missions. */
const TOP_UP_AGAIN_AFTER_MS = 250;
/** How many of the first in line a full queue is asked for at a time. */
const LOOKED_FOR_AT_ONCE = 25;

export type RingMissionsOptions = {
  db: {
    sweep: Pick<Database['sweep'], 'countSlots' | 'takeDueMissions' | 'readUnanswered' | 'takeUnrung'>;
  };
  queue: Pick<Queue, 'depth' | 'holds' | 'ringAll'>;
  logger: Pick<Logger, 'info'>;
  facts: Pick<WorkerFacts, 'repaired'>;
  isStopping: () => boolean;
  ringLater: RingLater;
};

/**
 * The part of the sweep that rings missions which are due.
 *
 * It tops the queue up rather than ringing everything again: as long as the queue holds twice a pool's slots, nobody is
 * idle for want of a bell, and a flushed Redis under a deep backlog does not become a storm. However full the queue is,
 * whoever has no bell in it gets one: what has come due and was never rung for it, and, a bounded number a turn, the first
 * in line whose bells are lost. Or every later POST, which rings by itself, would go before them.
 */
export function createRingMissions(options: RingMissionsOptions): () => Promise<void> {
  const { db, queue, logger, facts, isStopping, ringLater } = options;
  const now = () => performance.now();

  async function ring(pool: string, due: readonly DueMission[]): Promise<number> {
    const rung = await queue.ringAll(due.map(missionBell));
    facts.repaired('mission_rung', due.length);
    logger.info('rang missions that were due', { pool, due: due.length, rung });
    return rung;
  }

  async function roomIn({ pool, slots }: PoolSlots): Promise<number> {
    return Math.max(0, Math.min(SWEEP_BATCH_ROWS, 2 * slots - (await queue.depth({ job: 'mission', pool }))));
  }

  /** @returns whether more may be due than the queue had room for */
  async function topUp(pool: string, { room, until }: { room: number; until: number }): Promise<boolean> {
    let [taken, rung] = [0, 0];
    for (;;) {
      const { bells, turnedAway } = await db.sweep.takeDueMissions(pool, Math.max(0, room - taken));
      ringLater(bells.filter(({ afterMs }) => afterMs > 0));
      const due = bells.filter(({ afterMs }) => afterMs === 0);
      if (due.length > 0) rung += await ring(pool, due);
      taken += due.length;
      // Whom accounts' limits turn away hide nobody who lies behind: that is looked for at once.
      if (turnedAway.length === 0 || isStopping() || now() >= until) break;
    }
    if (taken === 0) return room === 0;
    return taken >= room && rung > 0;
  }

  /**
   * The line and the queue have the same order: who is first in line, and still in the queue, is answered soon, and those
   * behind are looked for then. Where accounts' limits hold many back, more are looked for at a time.
   */
  async function ringLost(pool: string, until: number): Promise<void> {
    let atOnce = LOOKED_FOR_AT_ONCE;
    for (let look = 0; look < SWEEP_BATCH_ROWS / LOOKED_FOR_AT_ONCE; look++) {
      const first = await db.sweep.readUnanswered(pool, atOnce);
      const isHeld = await Promise.all(first.map((mission) => queue.holds(missionBell(mission))));
      const lost = first.filter((_, index) => isHeld[index] === false);
      if (lost.length === 0) return;
      const taken = await db.sweep.takeUnrung(lost.map(({ missionId }) => missionId));
      if (taken.length > 0 && (await ring(pool, taken)) === 0) return;
      if (isStopping() || now() >= until) return;
      atOnce = taken.length < lost.length ? SWEEP_BATCH_ROWS : LOOKED_FOR_AT_ONCE;
    }
  }

  async function ringFirst(pool: PoolSlots, until: number): Promise<boolean> {
    const room = await roomIn(pool);
    const isHungry = await topUp(pool.pool, { room, until });
    if (room === 0) await ringLost(pool.pool, until);
    return isHungry;
  }

  async function ringMore(pool: PoolSlots, until: number): Promise<boolean> {
    const room = await roomIn(pool);
    return room === 0 || topUp(pool.pool, { room, until });
  }

  return async function ringMissions() {
    // Short missions empty the queue long before the next turn: a deep backlog is fed until this one is over.
    const until = now() + SWEEP_EVERY_MS;
    // Where nobody would answer, nobody is rung.
    let pools = (await db.sweep.countSlots()).filter(({ slots }) => slots > 0);
    for (let ringIn = ringFirst; ; ringIn = ringMore) {
      const hungry: PoolSlots[] = [];
      for (const pool of pools) if (await ringIn(pool, until)) hungry.push(pool);
      if (hungry.length === 0 || now() + TOP_UP_AGAIN_AFTER_MS >= until || isStopping()) return;
      pools = hungry;
      await sleep(TOP_UP_AGAIN_AFTER_MS);
    }
  };
}
