import { setTimeout as sleep } from 'node:timers/promises';
import { createStop } from '@flotilla/agent';
import { FencedError, isTerminal, missionBell, type Ownership } from '@flotilla/core';
import {
  type ClaimedMission,
  type Database,
  DatabaseUnavailableError,
  type Finish,
  type Left,
  type Park,
  type Release,
} from '@flotilla/db';
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
  now?: () => number;
};

/** How soon a bell that came while the database was away is answered again. */
const AGAIN_AFTER_MS = 250;
/**
 * For how long it is kept at most. The database may be away for this worker alone: a bell that it has in hand counts as
 * rung, and nobody would ring that mission for as long as it is cut off.
 */
const KEPT_FOR_MS = 30_000;

/** `logger`: of this claim; each of its lines says which mission, attempt, worker and account it is about. */
type Running = { workerId: string; logger: Logger; onInHand: () => void };
type Claimed = { workerId: string; mission: ClaimedMission };
type Leaving = { live: WhileLive; accountId: string; logger: Logger; move: Finish | Release | Park };

/**
 * Answers a mission's bell: claim → play from where the journal ends → write what became of it. A bell that comes
 * doubled, late or to the wrong door ends at the claim, and one that comes while the database is away waits for it, not
 * for ever. The mission is in hand from the claim until its leave is written: what the database says runs here and is not
 * in hand has been lost, and is given back (`strays.ts`).
 */
export function createMissionRunner(options: MissionRunnerOptions): (missionId: string, pool: string) => Promise<void> {
  const { db, queue, teller, lease, inHand, facts, now = () => performance.now() } = options;

  /** Writes the end or the release. One that cannot be written as it is still ends the mission. */
  async function leave({ live, accountId, logger, move }: Leaving): Promise<Left | 'fenced'> {
    const write = (what: Finish | Release) => whileLive(live, () => db.lease.leave({ ...live.owner, ...what }));
    try {
      if (move.status !== 'waiting') return await write(move);
      return await whileLive(live, () => parkWithinBacklog(db, accountId, { ...live.owner, ...move }));
    } catch (error) {
      if (error instanceof FencedError) return 'fenced';
      logger.error('the end of a mission could not be written', { error });
      return write({ status: 'failed', code: 'internal_error', message: 'Its end could not be written' });
    }
  }

  /**
   * Keeps the bell while the database is away, and its slot with it: bells would be gone by the hundred in an outage, and
   * their missions would lie behind all that are POSTed after it.
   * @returns `null`: the worker is stopping, and takes nothing any more, or has waited long enough; the sweep rings then
   */
  async function claim(missionId: string): Promise<Claimed | 'not_ours' | null> {
    const until = now() + KEPT_FOR_MS;
    while (!options.isDraining() && now() < until) {
      const workerId = lease.workerId();
      try {
        if (workerId !== null) {
          const mission = await db.lease.claim({ missionId, workerId });
          return mission === 'not_ours' ? mission : { workerId, mission };
        }
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError)) throw error;
      }
      await sleep(AGAIN_AFTER_MS);
    }
    return null;
  }

  return async function answerMissionBell(missionId, pool) {
    const stopExpecting = inHand.expect(missionId);
    try {
      const claimed = await claim(missionId);
      if (claimed === null) return;
      if (claimed === 'not_ours') {
        options.suspects.turnedAway(pool);
        return;
      }
      const { mission, workerId } = claimed;
      const { attempt, accountId } = mission;
      const logger = options.logger.child({ missionId, attempt, workerId, accountId });
      if (lease.workerId() === workerId) {
        await options.traces.run(mission, workerId, () => run(mission, { workerId, logger, onInHand: stopExpecting }));
      }
      // A reply may be on its way for longer than the lease it was claimed with: another owns the mission by now.
      else logger.warn('a claim came too late');
    } finally {
      stopExpecting();
    }
  };

  async function run(mission: ClaimedMission, { workerId, logger, onInHand }: Running): Promise<void> {
    const { id: missionId } = mission;
    facts.missionClaimed(mission);
    teller.events(missionId);
    const owner: Ownership = { missionId, attempt: mission.attempt };
    const live: WhileLive = {
      owner,
      // Not any lease of this process: the one it was claimed with.
      isLive: () => lease.workerId() === workerId,
      onAgain: (error) => logger.warn('the database is away: trying again', { error: error.message }),
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
      const move = await options.play({ mission, owner, stop, live, logger, onProgress: makeWay });
      const left = move && (await leave({ live, accountId: mission.accountId, logger, move }));
      if (left === null || left === 'fenced') {
        // Where there is no move, the write that was refused has told of it.
        if (left !== null) facts.fenced('leave');
        logger.warn('fenced: another attempt owns the mission');
        return;
      }
      const { status, code } = left;
      logger.info('mission left running', { status, ...(code !== null && { code }) });
      if (isTerminal(status)) facts.missionEnded({ agent: mission.spec.agent?.name ?? null, status });
      // What was handed over had its place: behind all that lies queued, a drain would cost it more than a crash.
      const isDue = move?.status === 'queued' && move.afterMs === 0;
      options.tellLeft(left, { isDue, front: code === 'draining' });
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
