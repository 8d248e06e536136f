import { createStop } from '@flotilla/agent';
import { FencedError, isTerminal, missionBell, type Ownership } from '@flotilla/core';
import type { ClaimedMission, Database, Finish, Left, Park, Release } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue, Teller } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';
import type { InHand } from './in-hand.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { Play } from './play-mission.ts';
import { parkWithinBacklog } from './start-children.ts';
import type { SuspectLine } from './suspect-line.ts';
import type { TellLeft } from './tell-left.ts';
import type { MissionTraces } from './trace/mission-traces.ts';
import { type WhileLive, whileLive } from './while-live.ts';

export type MissionRunnerOptions = {
  db: Pick<Database, 'childBacklog'> & { lease: Pick<Database['lease'], 'claim' | 'leave'> };
  queue: Pick<Queue, 'ringAll'>;
  teller: Teller;
  lease: Pick<LeaseKeeper, 'workerId'>;
  inHand: InHand;
  play: (play: Play) => Promise<Finish | Release | Park | null>;
  logger: Logger;
  isDraining: () => boolean;
  tellLeft: TellLeft;
  suspects: SuspectLine;
  facts: Pick<WorkerFacts, 'missionClaimed' | 'missionEnded' | 'fenced'>;
  traces: Pick<MissionTraces, 'run'>;
};

/**
 * Answers a mission's bell: claim → play from where the journal ends → write what became of it. A bell that comes
 * doubled, late or to the wrong door ends at the claim. The mission is in hand from the claim until its leave is
 * written: what the database says runs here and is not in hand has been lost, and is given back (`strays.ts`).
 */
export function createMissionRunner(options: MissionRunnerOptions): (missionId: string, pool: string) => Promise<void> {
  const { db, queue, teller, lease, inHand, logger, facts } = options;

  /** Writes the end or the release. One that cannot be written as it is still ends the mission. */
  async function leave(live: WhileLive, accountId: string, move: Finish | Release | Park): Promise<Left | 'fenced'> {
    const write = (what: Finish | Release) => whileLive(live, () => db.lease.leave({ ...live.owner, ...what }));
    try {
      if (move.status !== 'waiting') return await write(move);
      return await whileLive(live, () => parkWithinBacklog(db, accountId, { ...live.owner, ...move }));
    } catch (error) {
      if (error instanceof FencedError) return 'fenced';
      logger.error('the end of a mission could not be written', { ...live.owner, error });
      return write({ status: 'failed', code: 'internal_error', message: 'Its end could not be written' });
    }
  }

  return async function answerMissionBell(missionId, pool) {
    const workerId = lease.workerId();
    if (workerId === null || options.isDraining()) return;
    const stopExpecting = inHand.expect(missionId);
    try {
      const mission = await db.lease.claim({ missionId, workerId });
      if (mission === 'not_ours') options.suspects.turnedAway(pool);
      else if (lease.workerId() === workerId) {
        await options.traces.run(mission, workerId, () => run(mission, workerId, stopExpecting));
      }
      // A reply may be on its way for longer than the lease it was claimed with: another owns the mission by now.
      else logger.warn('a claim came too late', { missionId, attempt: mission.attempt, workerId });
    } finally {
      stopExpecting();
    }
  };

  async function run(mission: ClaimedMission, workerId: string, onInHand: () => void): Promise<void> {
    const { id: missionId } = mission;
    facts.missionClaimed(mission);
    teller.events(missionId);
    const owner: Ownership = { missionId, attempt: mission.attempt };
    const live: WhileLive = {
      owner,
      // Not any lease of this process: the one it was claimed with.
      isLive: () => lease.workerId() === workerId,
      onAgain: (error) => logger.warn('the database is away: trying again', { ...owner, error: error.message }),
    };
    const stop = createStop();
    inHand.add(missionId, { attempt: mission.attempt, stop });
    onInHand();
    if (options.isDraining()) stop.request('drain');
    let standsInTheWay = mission.isSuspect;
    if (standsInTheWay) options.suspects.entered();
    function makeWay(): void {
      if (standsInTheWay) options.suspects.madeWay(mission.pool);
      standsInTheWay = false;
    }
    try {
      const move = await options.play({ mission, owner, stop, live, onProgress: makeWay });
      const left = move && (await leave(live, mission.accountId, move));
      if (left === null || left === 'fenced') {
        // Where there is no move, the write that was refused has told of it.
        if (left !== null) facts.fenced('leave');
        logger.warn('fenced: another attempt owns the mission', { ...owner });
        return;
      }
      const { status, code } = left;
      logger.info('mission left running', { ...owner, status, ...(code !== null && { code }) });
      if (isTerminal(status)) facts.missionEnded({ agent: mission.spec.agent?.name ?? null, status });
      options.tellLeft(left, { isDue: move?.status === 'queued' && move.afterMs === 0 });
      if (status === 'waiting' && move?.status === 'waiting') {
        const { pool, priority } = left;
        void queue.ringAll(move.children.map(({ id }) => missionBell({ missionId: id, pool, priority, rings: 1 })));
      }
    } finally {
      makeWay();
      inHand.remove(missionId, mission.attempt);
    }
  }
}
