import { isModelAllowed, PROVIDERS, parseModelRef } from '@flotilla/core';
import {
  booleanVariable,
  ConfigError,
  choiceVariable,
  integerVariable,
  LOG_LEVELS,
  listVariable,
  parseConfig,
  portVariable,
  urlVariable,
  variable,
} from '@flotilla/platform';
import { z } from 'zod';

const databaseUrl = urlVariable({ schemes: ['postgresql', 'postgres'] });
const models = listVariable({
  item: new RegExp(`^(?:${PROVIDERS.join('|')})/[^\\s*]*\\*?$`),
  expected: `models such as ${PROVIDERS[0]}/some-model or ${PROVIDERS[0]}/*`,
});

const variables = z.object({
  /** Where to listen; 0 is any free port, printed once it listens. */
  PORT: portVariable().default(4_100),
  HOST: variable('a host name or address', (text) => (/^[\w.:-]+$/.test(text) ? text : undefined)).default('127.0.0.1'),
  /** May lead to a pooler in transaction mode. */
  DATABASE_URL: databaseUrl,
  /** Leads to the server itself; the Postgres queue backend needs it. Default: DATABASE_URL. */
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000 }).default(20),
  /** Queue on Redis when set, on Postgres when not. */
  REDIS_URL: urlVariable({ schemes: ['redis', 'rediss'] }).optional(),
  /** Keeps queues apart that share a server. The workers' must be the same. */
  QUEUE_PREFIX: variable('a name in lower case', (text) =>
    /^[a-z][a-z0-9_-]{0,40}$/.test(text) ? text : undefined,
  ).optional(),
  /** Seal webhook secrets; comma-separated, each 32 bytes in base64, the first seals. */
  FLOTILLA_ENCRYPTION_KEYS: listVariable({ item: /^[A-Za-z0-9+/]{43}=$/, expected: 'keys of 32 bytes in base64' }),
  /** Models a mission may name; a trailing * stands for any rest. */
  MODELS: models.default(['sim/demo', 'sim/load', 'anthropic/*', 'openai/*']),
  /** For missions that name no model; one of MODELS. */
  DEFAULT_MODEL: variable('a model such as sim/demo', (text) => (parseModelRef(text) ? text : undefined)).default(
    'sim/demo',
  ),
  /** Ports on this machine that webhooks may call: the local stack's own receiver. */
  WEBHOOK_LOOPBACK_PORTS: listVariable({ item: /^\d{1,5}$/, expected: 'ports' }).default([]),
  WEBHOOK_ALLOW_HTTP: booleanVariable().default(false),
  LOG_LEVEL: choiceVariable(LOG_LEVELS).default('info'),
  LOG_FORMAT: choiceVariable(['json', 'pretty']).default('json'),
  /** Set by a parent that its children must not outlive: its process id. */
  PARENT_PID: integerVariable({ min: 1, max: 2 ** 31 }).optional(),
});

export type Config = ReturnType<typeof readConfig>;

/** @throws {ConfigError} naming every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv) {
  const read = parseConfig(variables, env);
  if (!isModelAllowed(read.DEFAULT_MODEL, read.MODELS)) {
    throw new ConfigError([{ name: 'DEFAULT_MODEL', problem: `must be one of MODELS; it is ${read.DEFAULT_MODEL}` }]);
  }
  return Object.freeze({
    listen: { host: read.HOST, port: read.PORT },
    databaseUrl: read.DATABASE_URL,
    poolSize: read.DATABASE_POOL_SIZE,
    queueBackend: read.REDIS_URL
      ? ({ kind: 'redis', url: read.REDIS_URL } as const)
      : ({ kind: 'postgres', url: read.DATABASE_DIRECT_URL ?? read.DATABASE_URL } as const),
    queuePrefix: read.QUEUE_PREFIX,
    encryptionKeys: read.FLOTILLA_ENCRYPTION_KEYS,
    models: { allowed: read.MODELS, default: read.DEFAULT_MODEL },
    webhooks: { loopbackPorts: read.WEBHOOK_LOOPBACK_PORTS.map(Number), allowHttp: read.WEBHOOK_ALLOW_HTTP },
    log: { level: read.LOG_LEVEL, format: read.LOG_FORMAT },
    parentPid: read.PARENT_PID,
  });
}
