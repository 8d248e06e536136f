import type { z } from 'zod';
import { LOG_LEVELS } from '../logger/logger.ts';
import {
  booleanVariable,
  choiceVariable,
  hostVariable,
  integerVariable,
  listVariable,
  portVariable,
  urlVariable,
  variable,
} from './variables.ts';

const databaseUrl = () => urlVariable({ schemes: ['postgresql', 'postgres'] });

function readShare(text: string): number | undefined {
  const share = Number(text);
  return text.trim() !== '' && share >= 0 && share <= 1 ? share : undefined;
}

/** What every long-running process of the system reads: its stores, its secrets, its way out, its log, its operators. */
export function commonVariables() {
  return {
    /** May lead to a pooler in transaction mode. */
    DATABASE_URL: databaseUrl(),
    /** Leads to the server itself; the Postgres queue backend listens on it. Default: DATABASE_URL. */
    DATABASE_DIRECT_URL: databaseUrl().optional(),
    /** Queue on Redis when set, on Postgres when not. */
    REDIS_URL: urlVariable({ schemes: ['redis', 'rediss'] }).optional(),
    /** Keeps queues apart that share a server; the same for api and workers. On Postgres it names a schema. */
    QUEUE_PREFIX: variable('a name of lower-case letters, digits and underscores', (text) =>
      /^[a-z][a-z0-9_]{0,40}$/.test(text) ? text : undefined,
    ).optional(),
    /** Seal webhook secrets; comma-separated, each 32 bytes in base64, the first seals. */
    FLOTILLA_ENCRYPTION_KEYS: listVariable({ item: /^[A-Za-z0-9+/]{43}=$/, expected: 'keys of 32 bytes in base64' }),
    /** Ports on this machine that webhooks may call: the local stack's own receiver. */
    WEBHOOK_LOOPBACK_PORTS: listVariable({ item: /^\d{1,5}$/, expected: 'ports' }).default([]),
    WEBHOOK_ALLOW_HTTP: booleanVariable().default(false),
    LOG_LEVEL: choiceVariable(LOG_LEVELS).default('info'),
    LOG_FORMAT: choiceVariable(['json', 'pretty']).default('json'),
    /** The operators' port: metrics, health and, at the API, what has the admin key; 0 is any free one, printed. Default: none. */
    OPS_PORT: portVariable().optional(),
    OPS_HOST: hostVariable().default('127.0.0.1'),
    /** Where traces go by OTLP over HTTP; without it nothing is traced. */
    OTEL_EXPORTER_OTLP_ENDPOINT: urlVariable({ schemes: ['http', 'https'] }).optional(),
    /** Share of the traces that begin here which are recorded. */
    OTEL_TRACES_SAMPLER_ARG: variable('a share from 0 to 1', readShare).default(1),
    /** Set by a parent that its children must not outlive: its process id. */
    PARENT_PID: integerVariable({ min: 1, max: 2 ** 31 }).optional(),
  };
}

type CommonVariables = z.output<z.ZodObject<ReturnType<typeof commonVariables>>>;

/** The common variables by what they are for. */
export function toCommonConfig(read: CommonVariables) {
  const directUrl = read.DATABASE_DIRECT_URL ?? read.DATABASE_URL;
  return {
    databaseUrl: read.DATABASE_URL,
    /** For what a pooler in transaction mode cannot carry, or would cut short. */
    directUrl,
    /** A direct address beside it says that the other leads to a pooler, whose connections keep no statement. */
    isDatabasePooled: directUrl !== read.DATABASE_URL,
    queue: {
      backend: read.REDIS_URL
        ? ({ kind: 'redis', url: read.REDIS_URL } as const)
        : ({ kind: 'postgres', url: directUrl } as const),
      ...(read.QUEUE_PREFIX !== undefined && { prefix: read.QUEUE_PREFIX }),
    },
    encryptionKeys: read.FLOTILLA_ENCRYPTION_KEYS,
    webhooks: { allowLoopbackPorts: read.WEBHOOK_LOOPBACK_PORTS.map(Number), allowHttp: read.WEBHOOK_ALLOW_HTTP },
    log: { level: read.LOG_LEVEL, format: read.LOG_FORMAT },
    ops: read.OPS_PORT === undefined ? null : { host: read.OPS_HOST, port: read.OPS_PORT },
    tracing: { endpoint: read.OTEL_EXPORTER_OTLP_ENDPOINT, sampleRatio: read.OTEL_TRACES_SAMPLER_ARG },
    parentPid: read.PARENT_PID,
  };
}
