import type { AgentPool, Budget, Mcp, Provider, ResponseCache, Secrets } from '@flotilla/agent';
import { DRAIN_GRACE_MS, missionBell, type ProviderName } from '@flotilla/core';
import type { Database, NewWorker } from '@flotilla/db';
import type { Logger, Outbound, Redactor } from '@flotilla/platform';
import { type Consumer, createRingLater, createSlotGate, type Queue } from '@flotilla/queue';
import { adjustTaking } from './adjust-taking.ts';
import { createDeliveryRunner } from './deliver.ts';
import type { WorkerFacts } from './facts.ts';
import { createFollowUp } from './follow-up.ts';
import { createInHand } from './in-hand.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import { createLoopGuard } from './loop-guard.ts';
import type { OpenSecrets } from './open-secrets.ts';
import { createMissionPlayer } from './play-mission.ts';
import type { ResponsesOf } from './responses.ts';
import { createMissionRunner } from './run-mission.ts';
import { createStopSignals } from './stop-signals.ts';
import { createStrays } from './strays.ts';
import { createSuspectLine } from './suspect-line.ts';
import { createSweep } from './sweep.ts';
import { createSweepTurns } from './sweep-turns.ts';
import { createTellLeft } from './tell-left.ts';
import type { ToolSwitches } from './tool-switches.ts';
import type { MissionTraces } from './trace/mission-traces.ts';
import { createWakeNext } from './wake-next.ts';

/** After in-flight calls were aborted, what is left to do is one write a mission. */
const HAND_OVER_MS = 3_000;

export type WorkerOptions = {
  db: Database;
  queue: Queue;
  providers: (name: ProviderName) => Provider | undefined;
  agents: AgentPool;
  mcp: Mcp;
  /** The replies kept for an account, where the deployment keeps any. */
  responses?: ((of: ResponsesOf) => ResponseCache) | undefined;
  webhooks: Outbound;
  openSecrets: OpenSecrets;
  logger: Logger;
  facts: WorkerFacts;
  traces: MissionTraces;
  toolSwitches: Pick<ToolSwitches, 'set'>;
  identity: Omit<NewWorker, 'id'>;
  /** How late a turn of the event loop may come before missions are left to other workers, in milliseconds. */
  loopDelayMs: number;
  /** Deliveries under way at once, and the waits between the attempts of one, in milliseconds. */
  deliverySlots: number;
  deliverySchedule: readonly number[];
  /** Takes secrets out of what receivers answer. */
  redactor: Redactor;
  /** How long a step waits for a provider that is down, overloaded or limits it. */
  patienceMs: number;
  /** What tools may be told; absent: nothing. */
  toolSecrets?: Secrets;
  /** What a call of a model costs at most. */
  priceOf: Budget['priceOf'];
};

export type Worker = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** For whoever watches. `isLive`: it has a live lease, and may claim. */
  state(): { running: number; isLive: boolean };
};

/** One process of the fleet: a lease, a consumer for each of its pools and for deliveries, and its turns at the sweep. */
export function createWorker(options: WorkerOptions): Worker {
  const { db, queue, logger, facts, identity } = options;
  const inHand = createInHand();
  const teller = queue.openTeller();
  let draining = false;
  /** An operator has had it take nothing more, until further notice. */
  let isHeldBack = false;
  let hasLease = false;
  const wakeNext = createWakeNext({ db, queue, logger });
  const followUp = createFollowUp({ db, queue, logger, facts });
  const tellLeft = createTellLeft({ queue, teller, facts, wakeNext, followUp });
  const checkStrays = createStrays({ db, inHand, tellLeft, logger, facts });
  const ringLater = createRingLater({
    async take(missionIds) {
      const due = await db.sweep.takeUnrung(missionIds);
      facts.repaired('mission_rung', due.length);
      return due.map(missionBell);
    },
    queue,
    onError: (error, missionIds) => logger.warn('could not ring missions at their moment', { missionIds, error }),
  });
  const isStopping = () => draining;
  const sweep = createSweep({ db, queue, logger, facts, isStopping, wakeNext, followUp, ringLater });
  const turns = createSweepTurns({ sweep, isStopping });
  let missionConsumers: Consumer[] = [];
  let deliveryConsumer: Consumer | undefined;

  const lease = createLeaseKeeper({
    db,
    logger,
    identity,
    takesTurn: turns.isFree,
    onRegistered: ({ toolsOff }) => {
      options.toolSwitches.set(toolsOff);
      hasLease = true;
      adjust();
    },
    onBeat: (workerId, { toStop, running, sweep: work, isDraining, toolsOff }) => {
      options.toolSwitches.set(toolsOff);
      if (isDraining !== isHeldBack) holdBack(isDraining);
      for (const { missionId, attempt, reason } of toStop) inHand.stop(missionId, attempt, reason);
      checkStrays(workerId, running).catch((error: unknown) => logger.warn('strays not checked', { error }));
      if (work !== null) turns.begin(work);
    },
    onLost: () => {
      facts.leaseLost();
      hasLease = false;
      adjust();
      inHand.stopAll('fenced');
    },
  });
  const play = createMissionPlayer({ ...options, teller });
  const runMission = createMissionRunner({
    ...options,
    teller,
    lease,
    inHand,
    play,
    isDraining: () => draining || isHeldBack,
    tellLeft,
    suspects: createSuspectLine({ db, queue, logger }),
  });
  const deliver = createDeliveryRunner({
    ...options,
    outbound: options.webhooks,
    workerId: () => lease.workerId(),
    slots: options.deliverySlots,
    schedule: options.deliverySchedule,
  });

  const guard = createLoopGuard({
    loopDelayMs: options.loopDelayMs,
    running: () => inHand.size,
    onTurn: () => adjust(),
    logger,
    facts,
  });

  const consumers = () => (deliveryConsumer ? [...missionConsumers, deliveryConsumer] : missionConsumers);

  const adjust = () =>
    adjustTaking(
      { missions: missionConsumers, deliveries: deliveryConsumer },
      { isHeldBack, isLate: guard.isPausing(), hasLease },
    );

  /** As at a drain, every mission hands over at its next boundary; but the lease stays, and so does the process. */
  function holdBack(held: boolean): void {
    isHeldBack = held;
    logger.info(held ? 'held back by an operator' : 'takes missions again', { missions: inHand.size });
    adjust();
    if (held) inHand.stopAll('drain');
  }

  return {
    state: () => ({ running: inHand.size, isLive: lease.isLive() }),
    async start() {
      await lease.start();
      queue.signals.subscribe(createStopSignals({ db, lease, inHand, logger }));
      const slots = createSlotGate(identity.slots);
      missionConsumers = identity.pools.map((pool) =>
        queue.consume({
          job: 'mission',
          pool,
          concurrency: slots,
          handle: ({ missionId }) => runMission(missionId, pool),
        }),
      );
      deliveryConsumer = queue.consume({
        job: 'delivery',
        concurrency: options.deliverySlots,
        handle: ({ deliveryId }, { signal }) => deliver(deliveryId, signal),
      });
      guard.start();
    },

    /**
     * Drain: take nothing new, let every mission hand over at its next boundary, abort what is still in flight when the
     * grace is over, give the lease up.
     */
    async stop() {
      draining = true;
      logger.info('draining', { missions: inHand.size });
      guard.stop();
      inHand.stopAll('drain');
      const abort = setTimeout(() => {
        logger.warn('drain grace is over: aborting calls in flight', { missions: inHand.size });
        inHand.abortAll();
      }, DRAIN_GRACE_MS - HAND_OVER_MS);
      await Promise.all(consumers().map((consumer) => consumer.stop({ timeoutMs: DRAIN_GRACE_MS })));
      clearTimeout(abort);
      await turns.over();
      await lease.stop();
    },
  };
}
