import type { Scenario } from '../scenario.ts';
import { accountSlots } from './account-slots.ts';
import { allWorkersKilled } from './all-workers-killed.ts';
import { apiKilledBeforeRing } from './api-killed-before-ring.ts';
import { bellsInRandomOrder, duplicateBells } from './bells.ts';
import { cancels } from './cancels.ts';
import { clockAhead } from './clock-ahead.ts';
import { eventLoopBlocked } from './event-loop-blocked.ts';
import { linkCut, linkHalfOpen, linkLatency, repliesLost } from './links.ts';
import { postgresConnectionsTerminated } from './postgres-connections-terminated.ts';
import { postgresFull } from './postgres-full.ts';
import { postgresGone } from './postgres-gone.ts';
import { postgresRestart } from './postgres-restart.ts';
import { providerErrors, providerOutage, providerRateLimits, providerStalls } from './providers.ts';
import { receiverFaults } from './receiver-faults.ts';
import { redisFlushall } from './redis-flushall.ts';
import { redisFrozen } from './redis-frozen.ts';
import { redisGone } from './redis-gone.ts';
import { redisRestart } from './redis-restart.ts';
import { rollingSigterm } from './rolling-sigterm.ts';
import { workerSigkill } from './worker-sigkill.ts';
import { workerSigstop } from './worker-sigstop.ts';
import { workerTmpFull } from './worker-tmp-full.ts';

/** In the order they are played. */
export const SCENARIOS: readonly Scenario[] = [
  workerSigkill,
  workerSigstop,
  allWorkersKilled,
  eventLoopBlocked,
  rollingSigterm,
  clockAhead,
  workerTmpFull,
  apiKilledBeforeRing,
  redisRestart,
  redisFlushall,
  redisGone,
  redisFrozen,
  postgresRestart,
  postgresConnectionsTerminated,
  postgresGone,
  postgresFull,
  repliesLost,
  linkLatency,
  linkCut,
  linkHalfOpen,
  duplicateBells,
  bellsInRandomOrder,
  providerRateLimits,
  providerErrors,
  providerStalls,
  providerOutage,
  receiverFaults,
  cancels,
  accountSlots,
];
