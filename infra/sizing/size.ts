import { connectionsOf, type Deployed } from './deployed.ts';
import type { Measured, MissionCosts } from './measured.ts';

/** A kind of work: how often a mission asks its model, and how long it is waited for. */
export type Shape = { name: string; calls: number; callSeconds: number };

/** What sizes are made of. */
export type Basis = { measured: Measured; deployed: Deployed };

/** What a fleet does and needs whose slots are all busy with one kind of work. */
export type Size = {
  workers: number;
  missionsInHand: number;
  missionsPerSecond: number;
  workerCores: number;
  workerGigabytes: number;
  apiCores: number;
  apiPods: number;
  postgresCores: number;
  redisCores: number;
  redisCommandsPerSecond: number;
  redisConnections: number;
  eventsPerDay: number;
  eventGigabytesPerDay: number;
  databaseGigabytesPerDay: number;
  walMegabytesPerSecond: number;
  poolerConnections: number;
  poolers: number;
};

/** Of one server's cores, the share that missions may use; the rest is for vacuum, checkpoints and clients' reads. */
export const POSTGRES_SHARE = 0.6;
const SECONDS_PER_DAY = 86_400;

/**
 * Of a mission of so many calls: a part that each has, its acceptance, claim and end, and a part for each call, its response
 * and as a rule a tool's result. The two lengths that were measured say how much is which.
 */
export function costsOf({ costs: { short, long } }: Measured, calls: number): MissionCosts {
  const at = (of: keyof MissionCosts) => {
    const perCall = (long[of] - short[of]) / (long.calls - short.calls);
    return short[of] + (calls - short.calls) * perCall;
  };
  return {
    calls,
    events: at('events'),
    eventBytes: at('eventBytes'),
    databaseBytes: at('databaseBytes'),
    walBytes: at('walBytes'),
    redisCommands: at('redisCommands'),
  };
}

export function sizeOf({ measured, deployed }: Basis, workers: number, { calls, callSeconds }: Shape): Size {
  const { processor, idle, redisConnections, worker: memory } = measured;
  const { worker, api, poolerClients } = deployed;
  const missionsInHand = workers * worker.slots;
  const missionsPerSecond = missionsInHand / (calls * callSeconds);
  const costs = costsOf(measured, calls);
  /** Of those whose time is taken to go by calls alone: it was measured of one length. */
  const coresOf = (ms: number) => (missionsPerSecond * calls * ms) / processor.calls / 1_000;
  // Its time goes by commands, and most of these by missions.
  const redisMs = (processor.redisMs * costs.redisCommands) / costsOf(measured, processor.calls).redisCommands;
  const perDay = (ofAMission: number) => missionsPerSecond * ofAMission * SECONDS_PER_DAY;
  // Accepts a mission, and has nothing to do with its calls.
  const apiCores = (missionsPerSecond * processor.apiMs) / 1_000;
  const apiPods = Math.max(api.podsMin, Math.ceil(apiCores / api.cores));
  const poolerConnections = connectionsOf(deployed, { workers, apiPods });
  return {
    workers,
    missionsInHand,
    missionsPerSecond,
    workerCores: coresOf(processor.workerMs) + (workers * idle.percentOfACore) / 100,
    workerGigabytes: (workers * memory.mostBytes) / 1e9,
    apiCores,
    apiPods,
    postgresCores: coresOf(processor.postgresMs) / POSTGRES_SHARE,
    redisCores: (missionsPerSecond * redisMs) / 1_000,
    redisCommandsPerSecond: missionsPerSecond * costs.redisCommands,
    redisConnections: workers * redisConnections.worker + apiPods * redisConnections.api,
    eventsPerDay: perDay(costs.events),
    eventGigabytesPerDay: perDay(costs.eventBytes) / 1e9,
    databaseGigabytesPerDay: perDay(costs.databaseBytes) / 1e9,
    walMegabytesPerSecond: (missionsPerSecond * costs.walBytes) / 1e6,
    poolerConnections,
    poolers: Math.ceil(poolerConnections / poolerClients),
  };
}
