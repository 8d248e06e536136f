import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readAdapterSeries } from './adapter-rules.ts';
import { queueConnections, readQueueConnections } from './queue-connections.ts';
import { readStopGraceMs } from './stop-grace.ts';
import { readScripts, type Scripts } from './worker-memory.ts';

export type Env = Readonly<Record<string, string>>;

/** What the code of an app says about how it is to be deployed. */
export type AppFacts = {
  /** Its program, from the repository's root; what a container's command names. */
  main: string;
  /** Undefined for one that just runs to its end. */
  stopGraceMs: number | undefined;
  /** Every variable it reads. */
  keys: ReadonlySet<string>;
  /** What it would say of an environment and not start; empty when it would start. */
  faultsOf(env: Env): string[];
  /** Connections of one process to Postgres or a pooler, with an environment that has no faults. */
  poolSizeOf(env: Env): number;
  /** Those of its queue beside them, to Postgres itself; 0 where the queue is on Redis. */
  queueConnectionsOf(env: Env): number;
};

export type Facts = {
  apps: AppFacts[];
  /** What operators are told to read. */
  readme: string;
  hasFile(path: string): boolean;
  /** Every metric that docs/metrics.md lists; a test holds that page to the code. */
  metrics: ReadonlySet<string>;
  /** By the name under which prometheus-adapter serves it to autoscalers: the series it is made of. */
  adapterSeries: ReadonlyMap<string, string>;
  /** What scripts may take of a worker's memory. */
  scripts: Scripts;
};

const TUNABLES = 'packages/core/src/tunables.ts';
const README = 'k8s/README.md';
const METRICS = 'docs/metrics.md';
const ADAPTER = 'k8s/prometheus-adapter.yaml';

/** Where each program is, and which function of its `config.ts` reads the environment it runs in. */
const PROGRAMS = [
  { app: 'apps/api', reader: 'readConfig' },
  { app: 'apps/worker', reader: 'readConfig' },
  // Of admin's commands only migrate runs in a cluster, and that reads the database's part alone.
  { app: 'apps/admin', reader: 'readDatabaseConfig' },
];

type Reader = (env: NodeJS.ProcessEnv) => unknown;

/** Asks the apps themselves: their own parsers judge the environment, their own sources say how long they stop. */
export async function readFacts(root: string): Promise<Facts> {
  const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
  const ofQueue = readQueueConnections(textOf);
  const apps = await Promise.all(
    PROGRAMS.map(async ({ app, reader }): Promise<AppFacts> => {
      const main = `${app}/src/main.ts`;
      const read = await importReader(join(root, app, 'src/config.ts'), reader);
      return {
        main,
        stopGraceMs: readStopGraceMs(textOf(main), textOf(TUNABLES)),
        keys: keysReadBy(read),
        faultsOf: (env) => faultsOf(read, env),
        poolSizeOf: (env) => poolSizeOf(read(env)),
        queueConnectionsOf: (env) => queueConnections(read(env), ofQueue),
      };
    }),
  );
  return {
    apps,
    readme: textOf(README),
    hasFile: (path) => existsSync(join(root, path)),
    metrics: new Set([...textOf(METRICS).matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name)),
    adapterSeries: readAdapterSeries(textOf(ADAPTER)),
    scripts: readScripts(textOf),
  };
}

async function importReader(path: string, name: string): Promise<Reader> {
  const module: Record<string, unknown> = await import(pathToFileURL(path).href);
  const reader = module[name];
  if (!isReader(reader)) throw new Error(`${path} exports no function ${name} any more.`);
  return reader;
}

function isReader(value: unknown): value is Reader {
  return typeof value === 'function';
}

/** The names that are looked up, even where the value is then refused. */
function keysReadBy(read: Reader): Set<string> {
  const keys = new Set<string>();
  const env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get: (_, name) => {
        keys.add(String(name));
        return undefined;
      },
    },
  );
  faultsOf(read, env);
  return keys;
}

function faultsOf(read: Reader, env: NodeJS.ProcessEnv): string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConfigError') throw error;
    const [, ...faults] = error.message.split('\n');
    return faults.map((fault) => fault.trim());
  }
}

/** A program without a pool holds one connection. */
function poolSizeOf(config: unknown): number {
  const hasPool = typeof config === 'object' && config !== null && 'poolSize' in config;
  return hasPool ? Number(config.poolSize) : 1;
}
