import { DEFAULT_POOL } from '@flotilla/core';
import {
  booleanVariable,
  choiceVariable,
  integerVariable,
  LOG_LEVELS,
  listVariable,
  parseConfig,
  urlVariable,
} from '@flotilla/platform';
import { z } from 'zod';
import { detectSlots } from './slots.ts';

const databaseUrl = urlVariable({ schemes: ['postgresql', 'postgres'] });
const httpUrl = urlVariable({ schemes: ['https', 'http'] });

const variables = z.object({
  /** May lead to a pooler in transaction mode. */
  DATABASE_URL: databaseUrl,
  /** Leads to the server itself; the Postgres queue backend listens on it. Default: DATABASE_URL. */
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000 }).default(10),
  /** Queue on Redis when set, on Postgres when not. */
  REDIS_URL: urlVariable({ schemes: ['redis', 'rediss'] }).optional(),
  QUEUE_PREFIX: listVariable({ item: /^[a-z][a-z0-9_]{0,40}$/, expected: 'one name in lower case' })
    .transform(([name]) => name)
    .optional(),
  /** Missions this process runs at once. Default: from the machine. */
  WORKER_SLOTS: integerVariable({ min: 1, max: 10_000 }).optional(),
  WORKER_POOLS: listVariable({ item: /^[a-z0-9][a-z0-9-]{0,62}$/, expected: 'pool names' }).default([DEFAULT_POOL]),
  /** Webhooks this process sends at once. */
  DELIVERY_SLOTS: integerVariable({ min: 1, max: 1_000 }).default(20),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: httpUrl.optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: httpUrl.optional(),
  /** Open sealed webhook secrets; comma-separated, each 32 bytes in base64, the first seals. */
  FLOTILLA_ENCRYPTION_KEYS: listVariable({ item: /^[A-Za-z0-9+/]{43}=$/, expected: 'keys of 32 bytes in base64' }),
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
  return Object.freeze({
    databaseUrl: read.DATABASE_URL,
    poolSize: read.DATABASE_POOL_SIZE,
    queueBackend: read.REDIS_URL
      ? ({ kind: 'redis', url: read.REDIS_URL } as const)
      : ({ kind: 'postgres', url: read.DATABASE_DIRECT_URL ?? read.DATABASE_URL } as const),
    queuePrefix: read.QUEUE_PREFIX,
    slots: read.WORKER_SLOTS ?? detectSlots(),
    pools: read.WORKER_POOLS,
    deliverySlots: read.DELIVERY_SLOTS,
    anthropic: provider(read.ANTHROPIC_API_KEY, read.ANTHROPIC_BASE_URL),
    openai: provider(read.OPENAI_API_KEY, read.OPENAI_BASE_URL),
    encryptionKeys: read.FLOTILLA_ENCRYPTION_KEYS,
    webhooks: { loopbackPorts: read.WEBHOOK_LOOPBACK_PORTS.map(Number), allowHttp: read.WEBHOOK_ALLOW_HTTP },
    log: { level: read.LOG_LEVEL, format: read.LOG_FORMAT },
    parentPid: read.PARENT_PID,
  });
}

function provider(apiKey: string | undefined, baseUrl: string | undefined) {
  return apiKey === undefined ? null : { apiKey, ...(baseUrl !== undefined && { baseUrl }) };
}
