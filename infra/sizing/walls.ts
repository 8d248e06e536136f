import { type Basis, type Shape, type Size, sizeOf } from './size.ts';

const MANY = 1_000;

/** Measured nowhere here; what is known of others' machines. */
export const ASSUMED = {
  /** Redis' own default. */
  redisConnections: 10_000,
  /** The largest single server that is sold without a special order. */
  postgresCores: 96,
} as const;

/** Rows of a table: where each part ends, and what is done about it. */
export function wallsOf(basis: Basis, shapes: readonly Shape[]): string[] {
  const { worker, api, poolerClients } = basis.deployed;
  const { redisConnections, processor } = basis.measured;
  /** How many workers of each shape use up so much of something. */
  const workersAt = (most: number, of: (size: Size) => number) =>
    shapes.map((shape) => `${workers(most / (of(sizeOf(basis, MANY, shape)) / MANY))} (${shape.name})`).join(', ');
  const poolerRoom =
    (poolerClients - (api.podsMin + api.surge) * api.connections) / (worker.connections * (1 + worker.surge));
  const rows: [wall: string, at: string, knob: string][] = [
    [
      'clients of one PgBouncer',
      workers(poolerRoom),
      'more PgBouncers behind one Service; `DATABASE_POOL_SIZE`, since commits travel together and few connections carry many slots',
    ],
    [
      `the ${api.podsMax} api pods of its autoscaler`,
      workersAt(api.podsMax * api.cores, ({ apiCores }) => apiCores),
      '`maxReplicas`, as far as PgBouncers have room; `POST /v1/missions/batch`',
    ],
    [
      `a Postgres of ${ASSUMED.postgresCores} cores`,
      workersAt(ASSUMED.postgresCores, ({ postgresCores }) => postgresCores),
      'reads of clients to a replica; then pools sharded over fleets, each with a database of its own',
    ],
    [
      'one core of Redis',
      workersAt(1, ({ redisCores }) => redisCores),
      'queues sharded by pool: pools on a Redis of their own, or on Redis Cluster',
    ],
    [
      `Redis’ ${ASSUMED.redisConnections.toLocaleString('en-US')} connections`,
      workers((ASSUMED.redisConnections - api.podsMin * redisConnections.api) / redisConnections.worker),
      '`maxclients`; fewer workers with more slots',
    ],
    [
      'the event loop of one worker',
      `${Math.round((1_000 / processor.workerMs) * processor.calls).toLocaleString('en-US')} model calls/s`,
      'more workers with fewer slots',
    ],
    [
      'the table of events',
      'the disk, by the figure above and `retentionDays` (30 unless told otherwise)',
      '`retentionDays` of the accounts; partitions by month, once deletes no longer keep up',
    ],
    [
      'one region',
      'its outage',
      'a fleet with a database of its own in each; missions do not move between them, a restore does',
    ],
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`);
}

function workers(count: number): string {
  return `${Math.floor(count).toLocaleString('en-US')} workers`;
}
