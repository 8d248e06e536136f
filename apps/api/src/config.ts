import { isModelAllowed, MODEL_PATTERN, MODELS_DEFAULT, parseModelRef } from '@flotilla/core';
import {
  ConfigError,
  commonVariables,
  hostVariable,
  integerVariable,
  listVariable,
  parseConfig,
  portVariable,
  toCommonConfig,
  variable,
} from '@flotilla/platform';
import { z } from 'zod';

const models = listVariable({
  item: MODEL_PATTERN,
  expected: 'models such as anthropic/some-model or anthropic/*',
});

const ratesVariable = () =>
  listVariable({
    item: /^[a-z][a-z0-9_-]{0,62}=[1-9]\d{0,5}$/,
    expected: 'tiers and requests a second such as free=100,paid=2000',
  });

const variables = z.object({
  ...commonVariables(),
  /** Where to listen; 0 is any free port, printed once it listens. */
  PORT: portVariable().default(4_100),
  HOST: hostVariable().default('127.0.0.1'),
  /** Opens the operators' port to changes; without it, it only tells. */
  FLOTILLA_ADMIN_KEY: variable('at least 24 printable characters without blanks', (text) =>
    /^[\x21-\x7e]{24,}$/.test(text) ? text : undefined,
  ).optional(),
  /** Connections at once, whatever they do. */
  CONNECTIONS_MAX: integerVariable({ min: 1, max: 1_000_000 }).default(10_000),
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000 }).default(20),
  /** Models a mission may name; a trailing * stands for any rest. */
  MODELS: models.default(MODELS_DEFAULT),
  /** For missions that name no model; one of MODELS. */
  DEFAULT_MODEL: variable('a model such as sim/demo', (text) => (parseModelRef(text) ? text : undefined)).default(
    'sim/demo',
  ),
  /** Proxies of the deployment's own in front: the last so many entries of X-Forwarded-For are believed. */
  TRUST_PROXY: integerVariable({ min: 0, max: 10 }).default(0),
  /** Origins whose pages may read answers, exactly as browsers name them. */
  CORS_ORIGINS: listVariable({
    item: /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/,
    expected: 'origins such as https://app.example.com',
  }).default([]),
  /** Requests a second of one address, before it is known who asks. */
  ADDRESS_RATE_LIMIT: integerVariable({ min: 1, max: 1_000_000 }).default(2_000),
  /** Requests a second of one API key, by the tier of its account; a tier that is not named has no limit. */
  KEY_RATE_LIMITS: ratesVariable().default(['free=100', 'paid=2000']),
  /** The same of all API keys of one account together. */
  ACCOUNT_RATE_LIMITS: ratesVariable().default(['free=200', 'paid=4000']),
  /** Streams and waiting requests that one key, all keys of one account, and this process may hold open. */
  STREAMS_PER_KEY: integerVariable({ min: 1, max: 100_000 }).default(2_000),
  /** Half of all, unless told otherwise: whoever has many keys leaves the other half to others. */
  STREAMS_PER_ACCOUNT: integerVariable({ min: 1, max: 100_000 }).optional(),
  STREAMS_MAX: integerVariable({ min: 1, max: 100_000 }).default(4_000),
  /** An event loop that is late by more for a second takes on no more. */
  SHED_LOOP_DELAY_MS: integerVariable({ min: 50, max: 60_000 }).default(500),
  /** A folder of agents in YAML: `<account>/<agent>.yaml`. */
  AGENTS_DIR: z.string().min(1).optional(),
});

/** @throws {ConfigError} naming every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv) {
  const read = parseConfig(variables, env);
  if (!isModelAllowed(read.DEFAULT_MODEL, read.MODELS)) {
    throw new ConfigError([{ name: 'DEFAULT_MODEL', problem: `must be one of MODELS; it is ${read.DEFAULT_MODEL}` }]);
  }
  return Object.freeze({
    listen: { host: read.HOST, port: read.PORT },
    connectionsMax: read.CONNECTIONS_MAX,
    ...toCommonConfig(read),
    adminKey: read.FLOTILLA_ADMIN_KEY,
    poolSize: read.DATABASE_POOL_SIZE,
    agentsDir: read.AGENTS_DIR,
    models: { allowed: read.MODELS, default: read.DEFAULT_MODEL },
    corsOrigins: read.CORS_ORIGINS,
    limits: {
      proxies: read.TRUST_PROXY,
      perAddress: read.ADDRESS_RATE_LIMIT,
      perKey: ratesByTier(read.KEY_RATE_LIMITS),
      perAccount: ratesByTier(read.ACCOUNT_RATE_LIMITS),
      streams: {
        perKey: read.STREAMS_PER_KEY,
        perAccount: read.STREAMS_PER_ACCOUNT ?? Math.ceil(read.STREAMS_MAX / 2),
        inAll: read.STREAMS_MAX,
      },
      loopDelayMs: read.SHED_LOOP_DELAY_MS,
    },
  });
}

function ratesByTier(items: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    items.map((item) => {
      const [tier = '', rate] = item.split('=');
      return [tier, Number(rate)];
    }),
  );
}
