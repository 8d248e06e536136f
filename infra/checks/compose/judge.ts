import type { ComposeFacts } from './compose-facts.ts';
import { bytesOf, type ComposeFile, readCompose, type Service } from './compose-file.ts';
import { judgeApps, judgeConnections } from './judge-apps.ts';

/** Everything that is wrong with the compose file, a line each. */
export function judgeCompose(text: string, facts: ComposeFacts): string[] {
  const read = readCompose(text);
  if ('problems' in read) return read.problems;
  const { file } = read;
  return [
    ...Object.entries(file.services).flatMap(([name, service]) => [
      ...judgeImage(name, service),
      ...judgePowers(name, service),
      ...judgeOrder(name, service, file),
      ...judgeFiles(name, service, { file, facts }),
      ...judgeNetworks(name, service, file),
    ]),
    ...judgeApps(file, facts),
    ...judgeConnections(file, facts),
    ...judgeStores(facts),
    ...judgeRedisMemory(file, facts),
    ...judgeSecrets(file, facts),
  ];
}

/** A secret that is named and not made would be a folder that Docker makes in its place. */
function judgeSecrets({ secrets }: ComposeFile, { secretNames }: ComposeFacts): string[] {
  const named = new Set(Object.values(secrets).map(({ file }) => file.replace(/^secrets\//, '')));
  return [
    ...[...named].filter((name) => !secretNames.includes(name)).map((name) => `the secret ${name} is made by nothing.`),
    ...secretNames.filter((name) => !named.has(name)).map((name) => `the secret ${name} is made for nothing.`),
  ];
}

function judgeImage(name: string, { image }: Service): string[] {
  const [, tag] = /^[^:@]+:([\w.-]+)$/.exec(image) ?? [];
  return tag !== undefined && /^v?\d+\.\d+/.test(tag) ? [] : [`${name}: image ${image} must have a version.`];
}

function judgePowers(name: string, service: Service): string[] {
  const { read_only: isReadOnly, cap_drop: dropped, security_opt: options, ports } = service;
  return [
    ...(isReadOnly === true ? [] : [`${name}: read_only must be true.`]),
    ...(dropped.includes('ALL') ? [] : [`${name}: cap_drop must hold ALL.`]),
    ...(options.includes('no-new-privileges:true') ? [] : [`${name}: security_opt must hold no-new-privileges:true.`]),
    ...ports
      .filter((port) => !port.startsWith('127.0.0.1:'))
      .map((port) => `${name}: ${port} is open to whoever reaches this machine.`),
  ];
}

function judgeOrder(name: string, service: Service, { services }: ComposeFile): string[] {
  return Object.entries(service.depends_on).flatMap(([other, { condition }]) => {
    const target = services[other];
    if (!target) return [`${name}: depends on ${other}, which is not there.`];
    const isOneShot = target.restart === 'no';
    if (condition === 'service_completed_successfully') {
      return isOneShot ? [] : [`${name}: waits for the end of ${other}, which is started again.`];
    }
    return 'disable' in target.healthcheck ? [`${name}: waits for the health of ${other}, which nobody asks.`] : [];
  });
}

type Beside = { file: ComposeFile; facts: ComposeFacts };

/** Folders whose own checks, with the dashboards and the rules, say what is in them. */
const CHECKED_ELSEWHERE = /^\.\/(prometheus|grafana)(\/|$)/;

function judgeFiles(name: string, service: Service, { file, facts }: Beside): string[] {
  const mounted = service.volumes.map((volume) => {
    const [source = '', , mode] = volume.split(':');
    return { source, mode };
  });
  return [
    ...mounted.flatMap(({ source, mode }) => {
      if (!source.startsWith('.')) return source in file.volumes ? [] : [`${name}: there is no volume ${source}.`];
      return [
        ...(mode === 'ro' ? [] : [`${name}: ${source} must be mounted to be read only.`]),
        ...(CHECKED_ELSEWHERE.test(source) || facts.hasInfraFile(source) ? [] : [`${name}: there is no ${source}.`]),
      ];
    }),
    ...service.secrets
      .filter((secret) => !(secret in file.secrets))
      .map((secret) => `${name}: there is no secret ${secret}.`),
    ...Object.entries(service.environment).flatMap(([variable, value]) => {
      const [, secret] = /^\/run\/secrets\/(.+)$/.exec(value) ?? [];
      return secret !== undefined && !service.secrets.includes(secret)
        ? [`${name}: ${variable} names the secret ${secret}, which it is not given.`]
        : [];
    }),
  ];
}

const STORES = ['postgres', 'redis', 'pgbouncer'];

/** Data lies where no way leads out; and the API, which calls nobody, has none either. */
function judgeNetworks(name: string, { networks }: Service, file: ComposeFile): string[] {
  const unknown = networks.filter((network) => !(network in file.networks));
  const open = networks.filter((network) => file.networks[network]?.internal === false);
  const isInside = [...STORES, 'api', 'migrate'].includes(name);
  return [
    ...unknown.map((network) => `${name}: there is no network ${network}.`),
    ...(isInside ? open.map((network) => `${name}: must not be on ${network}, which leads outside.`) : []),
  ];
}

/** What a worker waits for a statement; the API waits for less. */
const PATIENCE_SECONDS = 6;

function judgeStores({ pgbouncer, redis }: ComposeFacts): string[] {
  const [, waits = '120'] = /^query_wait_timeout = (\d+)$/m.exec(pgbouncer) ?? [];
  return [
    // It closes the connection over it, and a new one costs both ends a login.
    ...(Number(waits) > PATIENCE_SECONDS
      ? []
      : [`pgbouncer.ini: query_wait_timeout must be more than ${PATIENCE_SECONDS} s, after which ours give up.`]),
    ...(/^pool_mode = transaction$/m.test(pgbouncer) ? [] : ['pgbouncer.ini: pool_mode must be transaction.']),
    ...(/^maxmemory-policy noeviction$/m.test(redis) ? [] : ['redis.conf: maxmemory-policy must be noeviction.']),
    ...(/^appendonly yes$/m.test(redis) ? [] : ['redis.conf: appendonly must be yes.']),
  ];
}

/** What a rewrite of the file and clients' buffers may take beside the data. */
const REDIS_SHARE = 0.75;

/** Without a limit of its own Redis refuses nothing: it is ended when the container's memory is full. */
function judgeRedisMemory({ services }: ComposeFile, { redis }: ComposeFacts): string[] {
  const [, limit] = /^maxmemory (\d+[kmg]b)$/m.exec(redis) ?? [];
  const container = services['redis'];
  if (!container) return [];
  const most = bytesOf(container.mem_limit) * REDIS_SHARE;
  if (limit !== undefined && bytesOf(limit) <= most) return [];
  return [
    `redis.conf: maxmemory must be ${Math.floor(most / 2 ** 20)}mb or less, which is what its container has room for.`,
  ];
}
