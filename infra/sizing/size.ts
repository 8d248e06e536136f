import { DEPLOYED, MEASURED } from './measured.ts';

/** A kind of work: how often a mission asks its model, and how long it is waited for. */
export type Shape = { name: string; calls: number; callSeconds: number };

/** What a fleet does and needs whose slots are all busy with one kind of work. */
export type Size = {
  workers: number;
  missionsInHand: number;
  missionsPerSecond: number;
  workerCores: number;
  workerGigabytes: number;
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

const SECONDS_PER_DAY = 86_400;
const CALLS_OF_MEASURED_COSTS = 3;

/** What a mission costs goes by its calls: a response and, as a rule, a tool's result are committed for each. */
export function sizeOf(workers: number, { calls, callSeconds }: Shape): Size {
  const { processorMs, callsPerMission, ofThreeCalls, idleWorker, redisConnections, workerBytes } = MEASURED;
  const { worker, api, poolerClients, postgresShare } = DEPLOYED;
  const missionsInHand = workers * worker.slots;
  const missionsPerSecond = missionsInHand / (calls * callSeconds);
  const callsPerSecond = missionsPerSecond * calls;
  const coresOf = (ms: number) => (callsPerSecond * ms) / callsPerMission / 1_000;
  const perSecond = (ofAMission: number) => (callsPerSecond * ofAMission) / CALLS_OF_MEASURED_COSTS;
  const perDay = (ofAMission: number) => perSecond(ofAMission) * SECONDS_PER_DAY;
  const apiPods = Math.max(api.podsMin, Math.ceil(coresOf(processorMs.api) / api.cores));
  const poolerConnections = workers * worker.connections + apiPods * api.connections;
  return {
    workers,
    missionsInHand,
    missionsPerSecond,
    workerCores: coresOf(processorMs.worker) + workers * idleWorker.cores,
    workerGigabytes: (workers * workerBytes.most) / 1e9,
    apiPods,
    postgresCores: coresOf(processorMs.postgres) / postgresShare,
    redisCores: coresOf(processorMs.redis),
    redisCommandsPerSecond: perSecond(ofThreeCalls.redisCommands),
    redisConnections: workers * redisConnections.worker + apiPods * redisConnections.api,
    eventsPerDay: perDay(ofThreeCalls.events),
    eventGigabytesPerDay: perDay(ofThreeCalls.eventBytes) / 1e9,
    databaseGigabytesPerDay: perDay(ofThreeCalls.databaseBytes) / 1e9,
    walMegabytesPerSecond: perSecond(ofThreeCalls.walBytes) / 1e6,
    poolerConnections,
    poolers: Math.ceil(poolerConnections / poolerClients),
  };
}
