/** What the sizing rests on, and where each figure was measured; `npm run sizing` makes docs/scaling.md of it. */
export const MEASURED = {
  /** The mission of `npm run bench -- --only missions`: three steps with a tool each, then the answer. */
  callsPerMission: 4,
  /** Processor time of one, in milliseconds: docs/performance.md, "Where a mission's time goes". */
  processorMs: { api: 0.3, worker: 0.45, postgres: 1.2, redis: 0.1 },
  /** A worker without work: `npm run bench -- --only idle`, docs/performance.md. */
  idleWorker: { transactionsPerSecond: 0.25, cores: 0.009 },
  /**
   * `npm run test:autoscale -- --missions 300 --latency 500`, 2026-11-27: what a mission of three calls leaves and asks for,
   * with what two workers ask for by themselves meanwhile.
   */
  ofThreeCalls: { databaseBytes: 9_000, eventBytes: 2_600, events: 8, walBytes: 13_500, redisCommands: 46 },
  /** `CLIENT LIST`: what a worker of one pool holds of Redis' connections, and an api with streams. */
  redisConnections: { worker: 6, api: 2 },
  /** That run: resident memory of a worker of 50 slots when it was ready, and at most. */
  workerBytes: { ready: 235_000_000, most: 317_000_000 },
} as const;

/** What k8s/base asks for, and what a pooler carries. */
export const DEPLOYED = {
  worker: { slots: 50, connections: 10 },
  /** Its autoscaler keeps it below 70 % of its half core. */
  api: { cores: 0.35, connections: 20, podsMin: 3 },
  poolerClients: 1_000,
  /** Of one server's cores, the share that missions may use; the rest is for vacuum, checkpoints and clients' reads. */
  postgresShare: 0.6,
} as const;

/** Measured nowhere here; what is known of others' machines. */
export const ASSUMED = {
  /** Redis' own default. */
  redisConnections: 10_000,
  /** The largest single server that is sold without a special order. */
  postgresCores: 96,
} as const;
