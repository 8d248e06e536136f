import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import recorded from './measured.json' with { type: 'json' };

const at = z.iso.date();
const costs = z.object({
  calls: z.number(),
  events: z.number(),
  eventBytes: z.number(),
  databaseBytes: z.number(),
  walBytes: z.number(),
  redisCommands: z.number(),
});

const measured = z.object({
  /** Of a mission of so many calls, by whoever takes it. */
  processor: z.object({
    at,
    calls: z.number(),
    apiMs: z.number(),
    workerMs: z.number(),
    postgresMs: z.number(),
    redisMs: z.number(),
  }),
  /** A worker without work. */
  idle: z.object({ at, transactionsPerSecond: z.number(), percentOfACore: z.number() }),
  /** What missions of two lengths leave in the database, indexes included, and ask of Redis. */
  costs: z.object({ at, short: costs, long: costs }),
  /** Resident memory of a worker whose slots are all in use: when it was ready, and at most. */
  worker: z.object({ at, readyBytes: z.number(), mostBytes: z.number() }),
  /** `CLIENT LIST`: what a worker of one pool holds, and an api with streams. */
  redisConnections: z.object({ at, worker: z.number(), api: z.number() }),
});

/** What the sizing rests on, each with the day on which it was measured. */
export type Measured = z.infer<typeof measured>;
export type MissionCosts = z.infer<typeof costs>;

/** The figures that are kept with the page, for where nothing was measured since. */
export const RECORDED: Measured = measured.parse(recorded);

const benchResults = z.array(z.object({ name: z.string(), backend: z.string(), value: z.number().nullable() }));
const autoscaleResults = z.object({ lines: z.array(z.string()) });
/** Of what it says at its end. */
const WORKER_LINE = /^a worker: (?<ready>\d+) MB when ready, (?<most>\d+) MB at most$/m;

/** The figures of before, or those that `npm run bench` and `npm run test:autoscale` have left in a folder since. */
export function withResults(before: Measured, dir: string): Measured {
  const bench = read(join(dir, 'bench.json'), benchResults);
  const autoscale = read(join(dir, 'autoscale.json'), autoscaleResults);
  const memory = WORKER_LINE.exec(autoscale?.results.lines.join('\n') ?? '')?.groups;
  const valueOf = (name: string) =>
    bench?.results.find((result) => result.name === name && result.backend === 'redis')?.value ?? undefined;
  /** All of a group or none of it: two runs on two machines are no measurement. */
  function take<Group extends object>(
    group: Group,
    names: Partial<Record<keyof Group, string>>,
  ): Group & { at?: string } {
    const values = Object.entries<string | undefined>(names).map(([key, name = '']) => [key, valueOf(name)] as const);
    if (!bench || values.some(([, value]) => value === undefined)) return group;
    return { ...group, ...Object.fromEntries(values), at: bench.at };
  }
  const time = (whose: string) => `processor time of a mission of 3 steps, ${whose}`;
  const short = takeCosts(before.costs.short, valueOf);
  const long = takeCosts(before.costs.long, valueOf);
  return measured.parse({
    processor: take(before.processor, {
      apiMs: time('api'),
      workerMs: time('worker'),
      postgresMs: time('postgres'),
      redisMs: time('redis'),
    }),
    idle: take(before.idle, {
      transactionsPerSecond: 'transactions of an idle worker',
      percentOfACore: 'processor of an idle worker',
    }),
    costs: bench && short && long ? { at: bench.at, short, long } : before.costs,
    worker: memory
      ? { at: autoscale?.at, readyBytes: Number(memory['ready']) * 1e6, mostBytes: Number(memory['most']) * 1e6 }
      : before.worker,
    redisConnections: before.redisConnections,
  });
}

function takeCosts({ calls }: MissionCosts, valueOf: (name: string) => number | undefined): MissionCosts | undefined {
  const of = (what: string) => valueOf(`${what} of a mission of ${calls} calls`);
  const found = costs.safeParse({
    calls,
    events: of('events'),
    eventBytes: of('bytes of events'),
    databaseBytes: of('bytes in the database'),
    walBytes: of('bytes of WAL'),
    redisCommands: of('Redis commands'),
  });
  return found.success ? found.data : undefined;
}

function read<Results>(path: string, schema: z.ZodType<Results>): { at: string; results: Results } | undefined {
  if (!existsSync(path)) return undefined;
  return {
    at: statSync(path).mtime.toISOString().slice(0, 10),
    results: schema.parse(JSON.parse(readFileSync(path, 'utf8'))),
  };
}
