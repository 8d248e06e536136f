import { ASSUMED, DEPLOYED, MEASURED } from './measured.ts';
import { type Shape, sizeOf } from './size.ts';

const MANY = 1_000;

/** Rows of a table: where each part ends, and what is done about it. */
export function wallsOf(shapes: readonly Shape[]): string[] {
  const { worker, api, poolerClients } = DEPLOYED;
  const { redisConnections, processorMs, callsPerMission } = MEASURED;
  /** How many workers of each shape use up so much of something. */
  const workersAt = (most: number, ofAFleet: (shape: Shape) => number) =>
    shapes.map((shape) => `${workers(most / (ofAFleet(shape) / MANY))} (${shape.name})`).join(', ');
  const poolerRoom = (poolerClients - api.podsMin * api.connections) / worker.connections;
  const rows: [wall: string, at: string, knob: string][] = [
    [
      'clients of one PgBouncer',
      workers(poolerRoom),
      '`DATABASE_POOL_SIZE` of 4 carries 50 slots, since commits travel together; more PgBouncers behind one Service',
    ],
    [
      `a Postgres of ${ASSUMED.postgresCores} cores`,
      workersAt(ASSUMED.postgresCores, (shape) => sizeOf(MANY, shape).postgresCores),
      'reads of clients to a replica; then pools sharded over fleets, each with a database of its own',
    ],
    [
      'one core of Redis',
      workersAt(1, (shape) => sizeOf(MANY, shape).redisCores),
      'queues sharded by pool: pools on a Redis of their own, or on Redis Cluster',
    ],
    [
      `Redis’ ${ASSUMED.redisConnections.toLocaleString('en-US')} connections`,
      workers((ASSUMED.redisConnections - api.podsMin * redisConnections.api) / redisConnections.worker),
      '`maxclients`; fewer workers with more slots',
    ],
    [
      'the event loop of one worker',
      `${Math.round((1_000 / processorMs.worker) * callsPerMission).toLocaleString('en-US')} model calls/s`,
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
