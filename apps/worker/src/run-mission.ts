import type { Provider, Tool } from '@flotilla/agent';
import { createStop, runMission } from '@flotilla/agent';
import type { Ownership, ProviderName } from '@flotilla/core';
import { SPEC_VERSION } from '@flotilla/core';
import type { ClaimedMission, Database, Finish, Release } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import { startDeadline } from './deadline.ts';
import type { InHand } from './in-hand.ts';
import { createJournal } from './journal.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { loadSteps } from './load-steps.ts';
import { ringDeliveries } from './ring.ts';
import { toMove } from './to-move.ts';
import { writeWhileLive } from './while-live.ts';

export type MissionRunnerOptions = {
  db: Database;
  queue: Queue;
  lease: LeaseKeeper;
  inHand: InHand;
  providers: (name: ProviderName) => Provider | undefined;
  tools: ReadonlyMap<string, Tool>;
  logger: Logger;
  isDraining: () => boolean;
  /** A slot of this account is free, and somebody may be waiting for it. */
  wakeNext: (accountId: string) => void;
};

/** A newer worker may know a spec that this one does not: leave the mission in the queue for it. */
const LEFT_TO_NEWER_MS = 10_000;

/**
 * Answers a mission's bell: claim → run from where the journal ends → write what became of it. A bell that comes
 * doubled, late or to the wrong door ends at the claim.
 */
export function createMissionRunner(options: MissionRunnerOptions): (missionId: string) => Promise<void> {
  const { db, queue, lease, inHand, logger } = options;

  async function run(mission: ClaimedMission, owner: Ownership): Promise<Finish | Release | null> {
    if (mission.specVersion > SPEC_VERSION) {
      const message = 'this worker does not know the version of its spec';
      return { status: 'queued', code: 'no_worker', message, afterMs: LEFT_TO_NEWER_MS, tries: mission.tries };
    }
    const stop = createStop();
    inHand.add(mission.id, { attempt: mission.attempt, stop });
    if (options.isDraining()) stop.request('drain');
    const endDeadline = startDeadline(mission.deadlineMs, () => stop.request('deadline'));
    try {
      const outcome = await runMission({
        ...owner,
        spec: mission.spec,
        steps: mission.stepCount === 0 ? [] : await loadSteps(db, mission.id),
        tries: mission.tries,
        providers: options.providers,
        tools: options.tools,
        journal: createJournal(db, owner, lease.isLive),
        stop,
        isLeaseLive: lease.isLive,
        onUnexpected: (error) => logger.error('unexpected failure in a step', { ...owner, error }),
      });
      return toMove(outcome);
    } finally {
      endDeadline();
      inHand.remove(mission.id, mission.attempt);
    }
  }

  return async function answerMissionBell(missionId) {
    const workerId = lease.workerId();
    if (workerId === null || options.isDraining()) return;
    const mission = await db.lease.claim({ missionId, workerId });
    if (mission === 'not_ours') return;

    const owner: Ownership = { missionId, attempt: mission.attempt };
    logger.debug('mission claimed', { ...owner, steps: mission.stepCount });
    const move = await run(mission, owner);
    const left = move && (await writeWhileLive(owner, lease.isLive, () => db.lease.leave({ ...owner, ...move })));
    if (left === null || left === 'fenced') {
      logger.warn('fenced: another attempt owns the mission', { ...owner });
      return;
    }
    logger.info('mission left running', {
      ...owner,
      status: left.status,
      ...(move && 'code' in move && { code: move.code }),
    });
    ringDeliveries(queue, left.deliveryIds);
    if (left.wakes) options.wakeNext(left.accountId);
    if (left.status === 'queued' && move?.status === 'queued' && move.afterMs === 0 && move.code !== 'paused') {
      void queue.ring({ job: 'mission', missionId, pool: left.pool, priority: left.priority, ring: left.rings });
    }
  };
}
