import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Stage } from '../autoscale/stage.ts';
import { type Scrape, scrape } from '../integration/ops/scrape.ts';
import { FAILURES, type FailureName } from './failures.ts';

/** Looks are so far apart, in seconds. */
export const LOOK_EVERY_SECONDS = 5;
/** What must not grow in a process, and how it is read from its metrics. */
const HELD_BY_PROCESS = {
  'resident MB': 'process_resident_memory_bytes',
  handles: 'nodejs_active_handles_total',
  'open files': 'process_open_fds',
  connections: 'flotilla_database_connections',
} as const;
/** Connections as their servers count them, those of the soak itself left out. */
const STORES = ['postgres', 'redis'] as const;
const STORE_HOLDS = 'connections';

/** One look at one process or store. What could not be read is not in it. */
export type Look = {
  process: string;
  atSeconds: number;
  held: Readonly<Record<string, number>>;
  failures: Partial<Record<FailureName, number>>;
};
export type Held = { process: string; what: string };
type Process = { name: string; opsUrl: string };

/** All that has to be there at every look. */
export function heldBy(processes: readonly Pick<Process, 'name'>[]): Held[] {
  return [
    ...processes.flatMap(({ name }) => Object.keys(HELD_BY_PROCESS).map((what) => ({ process: name, what }))),
    ...STORES.map((process) => ({ process, what: STORE_HOLDS })),
  ];
}

/** Looks at processes by their operators' ports, and at their stores, until it is stopped. */
export function startWatch(stage: Pick<Stage, 'query' | 'redisUrl' | 'opsUrl'>, processes: readonly Process[]) {
  const startedAt = Date.now();
  const secondsSoFar = () => (Date.now() - startedAt) / 1_000;
  const seen: Look[] = [];
  const backlog: { atSeconds: number; missions: number }[] = [];
  const stopped = new AbortController();
  const redis = new Redis(stage.redisUrl);
  // Asked again with the next look; that it could not be asked is seen by what is missing.
  redis.on('error', () => undefined);

  async function lookAt({ name, opsUrl }: Process): Promise<void> {
    const of = await scrape(opsUrl);
    const held = Object.entries(HELD_BY_PROCESS).flatMap(([what, metric]) =>
      of.has(metric) ? [[what, what === 'resident MB' ? of(metric) / 1e6 : of(metric)] as const] : [],
    );
    const failures = Object.entries(FAILURES).flatMap(([failure, { metric, count }]) =>
      of.declares(metric) ? [[failure, count(of)] as const] : [],
    );
    const atSeconds = secondsSoFar();
    seen.push({
      process: name,
      atSeconds,
      held: Object.fromEntries(held),
      failures: Object.fromEntries(failures),
    });
    if (opsUrl === stage.opsUrl && of.has('flotilla_pool_due_missions')) {
      backlog.push({ atSeconds, missions: unfinishedOf(of) });
    }
  }
  async function lookAtPostgres(): Promise<void> {
    const [row] = await stage.query<{ connections: number }>(
      `SELECT count(*)::int AS connections FROM pg_stat_activity
       WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    if (row) noteStore('postgres', row.connections);
  }
  async function lookAtRedis(): Promise<void> {
    const clients = String(await redis.client('LIST'))
      .trim()
      .split('\n');
    noteStore('redis', clients.length - 1);
  }
  function noteStore(process: (typeof STORES)[number], connections: number): void {
    seen.push({ process, atSeconds: secondsSoFar(), held: { [STORE_HOLDS]: connections }, failures: {} });
  }
  async function watching(): Promise<void> {
    while (!stopped.signal.aborted) {
      await Promise.allSettled([...processes.map(lookAt), lookAtPostgres(), lookAtRedis()]);
      await sleep(LOOK_EVERY_SECONDS * 1_000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }
  const running = watching();
  return {
    seen,
    /** Missions that were due or running, as the fleet counts them. */
    backlog,
    secondsSoFar,
    async stop() {
      stopped.abort();
      await running;
      redis.disconnect();
    },
  };
}

function unfinishedOf(of: Scrape): number {
  return of('flotilla_pool_due_missions') + of('flotilla_pool_running_missions');
}
