import { SECRETS } from '../manifests/environment.ts';
import type { AppFacts, Env } from '../manifests/facts.ts';
import { workerBytes } from '../manifests/worker-memory.ts';
import type { ComposeFacts } from './compose-facts.ts';
import { bytesOf, type ComposeFile, type Service, secondsOf } from './compose-file.ts';

/** After its grace a process still writes its last log lines. */
const LEAVE_SECONDS = 2;
/** As many as the README starts. */
const WORKERS = 5;
/** What Postgres keeps for its superuser, and what comes past PgBouncer. */
const RESERVED = 20;
const SECRET_NAME = /KEY|PASSWORD|SECRET|TOKEN|_URL/;

type App = { name: string; service: Service; app: AppFacts };

function appsOf(file: ComposeFile, { apps }: ComposeFacts): App[] {
  return Object.entries(file.services).flatMap(([name, service]) => {
    const app = apps.find(({ main }) => service.command?.[0] === 'node' && service.command[1] === main);
    return app ? [{ name, service, app }] : [];
  });
}

/** What each of our programs is given, judged by its own parser and its own source. */
export function judgeApps(file: ComposeFile, facts: ComposeFacts): string[] {
  const found = appsOf(file, facts);
  const missing = ['api', 'worker', 'migrate'].filter((name) => !found.some((one) => one.name === name));
  return [
    ...missing.map((name) => `${name}: must run one of ${facts.apps.map(({ main }) => main).join(', ')}.`),
    ...found.flatMap((one) => [
      ...judgeEnvironment(one),
      ...judgeStop(one),
      ...judgeStart(one),
      ...judgeProxies(one),
      ...judgeCollector(one, file),
      ...judgeMemory(one, facts),
    ]),
  ];
}

function judgeEnvironment({ name, service, app }: App): string[] {
  const { environment } = service;
  const unread = Object.keys(environment).filter((variable) => !app.keys.has(variable));
  const open = Object.entries(environment).filter(
    ([variable, value]) =>
      SECRET_NAME.test(variable) && !(variable.endsWith('_FILE') && value.startsWith('/run/secrets/')),
  );
  return [
    ...unread.map((variable) => `${name}: ${variable} is read by nothing in ${app.main}.`),
    ...open.map(([variable]) => `${name}: ${variable} must come from a file of a secret.`),
    ...app.faultsOf(read(environment)).map((fault) => `${name}: ${app.main} would not start: ${fault}`),
  ];
}

/** The environment as it is once the files are read; none of the values opens anything. */
function read(environment: Env): Env {
  return Object.fromEntries(
    Object.entries(environment).map(([variable, value]) => {
      const name = variable.replace(/_FILE$/, '');
      return value.startsWith('/run/secrets/') ? [name, SECRETS[name] ?? ''] : [variable, value];
    }),
  );
}

function judgeStop({ name, service, app }: App): string[] {
  if (app.stopGraceMs === undefined) return [];
  const needed = Math.ceil(app.stopGraceMs / 1_000) + LEAVE_SECONDS;
  const given = secondsOf(service.stop_grace_period ?? '10s');
  return given >= needed ? [] : [`${name}: stop_grace_period must be ${needed} s or more, not ${given} s.`];
}

function judgeStart({ name, service, app }: App): string[] {
  const isServer = app.stopGraceMs !== undefined;
  const wanted = isServer ? ['migrate', 'pgbouncer', 'redis'] : ['postgres'];
  return [
    ...wanted.filter((other) => !(other in service.depends_on)).map((other) => `${name}: must wait for ${other}.`),
    ...(isServer && 'disable' in service.healthcheck ? [`${name}: must have a health check.`] : []),
  ];
}

/** Behind nginx every address is nginx's own, unless the API believes what it adds; one more, and clients are believed. */
function judgeProxies({ name, service: { environment }, app }: App): string[] {
  if (!app.keys.has('TRUST_PROXY')) return [];
  return environment['TRUST_PROXY'] === '1' ? [] : [`${name}: TRUST_PROXY must be 1, for nginx.`];
}

/** A collector that cannot be reached costs every trace, and nobody misses them before they are needed. */
function judgeCollector({ name, service, app }: App, { services }: ComposeFile): string[] {
  const endpoint = service.environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint === undefined) {
    return app.stopGraceMs === undefined ? [] : [`${name}: OTEL_EXPORTER_OTLP_ENDPOINT must say where its spans go.`];
  }
  const { hostname } = new URL(endpoint);
  const isReached = services[hostname]?.networks.some((network) => service.networks.includes(network)) === true;
  return isReached ? [] : [`${name}: OTEL_EXPORTER_OTLP_ENDPOINT leads to ${hostname}, which it does not reach.`];
}

/** On as few processors as there may be: each more adds a child of JavaScript and one of the shell. */
function judgeMemory({ name, service, app }: App, { scripts }: ComposeFacts): string[] {
  const slots = service.environment['WORKER_SLOTS'];
  if (!app.keys.has('WORKER_SLOTS') || slots === undefined) return [];
  const needed = workerBytes({ slots: Number(slots), cpus: 1 }, scripts);
  if (!(bytesOf(service.mem_limit) < needed)) return [];
  return [`${name}: mem_limit must be ${Math.ceil(needed / 1e6)} MB or more, for its missions and their scripts.`];
}

/** All processes together fit into PgBouncer, and what PgBouncer may open fits into Postgres. */
export function judgeConnections(file: ComposeFile, facts: ComposeFacts): string[] {
  const clients = appsOf(file, facts).reduce((sum, { name, service, app }) => {
    const processes = name === 'worker' ? WORKERS : (service.deploy?.replicas ?? 1);
    const env = read(service.environment);
    return sum + processes * (app.faultsOf(env).length === 0 ? app.poolSizeOf(env) : 0);
  }, 0);
  const setting = (name: string) => Number(new RegExp(`^${name} = (\\d+)$`, 'm').exec(facts.pgbouncer)?.[1]);
  const servers = setting('default_pool_size') + setting('reserve_pool_size');
  const [, most] = /max_connections=(\d+)/.exec(file.services['postgres']?.command?.join(' ') ?? '') ?? [];
  return [
    ...(clients <= setting('max_client_conn') ? [] : [`${clients} clients are more than PgBouncer takes.`]),
    ...(servers + RESERVED <= Number(most) ? [] : [`PgBouncer may open ${servers} connections; Postgres has ${most}.`]),
  ];
}
