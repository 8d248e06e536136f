import type { KeyLimits } from '@flotilla/agent';
import { DEFAULT_POOL, MODEL_PATTERN, MODELS_DEFAULT, POOL_NAME, PROVIDER_PATIENCE_MS } from '@flotilla/core';
import {
  booleanVariable,
  commonVariables,
  integerVariable,
  listVariable,
  parseConfig,
  toCommonConfig,
  urlVariable,
} from '@flotilla/platform';
import { z } from 'zod';
import { limitsVariable } from './provider-limits.ts';
import { detectSlots } from './slots.ts';

const apiKeysVariable = () => listVariable({ item: /^\S+$/, expected: 'API keys' });

const httpUrl = urlVariable({ schemes: ['https', 'http'] });

const models = listVariable({ item: MODEL_PATTERN, expected: 'models such as anthropic/some-model or anthropic/*' });

const variables = z.object({
  ...commonVariables(),
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000 }).default(10),
  /** Missions this process runs at once. Default: from the machine. */
  WORKER_SLOTS: integerVariable({ min: 1, max: 10_000 }).optional(),
  WORKER_POOLS: listVariable({ item: POOL_NAME, expected: 'pool names' }).default([DEFAULT_POOL]),
  /** Webhooks this process sends at once. */
  DELIVERY_SLOTS: integerVariable({ min: 1, max: 1_000 }).default(20),
  /** Models that missions may name for those they start; the API has the same for its clients. */
  MODELS: models.default(MODELS_DEFAULT),
  /** Several keys share the calls; comma-separated. */
  ANTHROPIC_API_KEY: apiKeysVariable().optional(),
  ANTHROPIC_BASE_URL: httpUrl.optional(),
  /** What each key may be asked by the whole fleet. */
  ANTHROPIC_LIMITS: limitsVariable(),
  OPENAI_API_KEY: apiKeysVariable().optional(),
  OPENAI_BASE_URL: httpUrl.optional(),
  OPENAI_LIMITS: limitsVariable(),
  /** How long a step waits for a provider that is down, overloaded or limits it. */
  PROVIDER_PATIENCE_MS: integerVariable({ min: 0, max: 86_400_000 }).default(PROVIDER_PATIENCE_MS),
  /** Whether the same question of an account is answered from what a model replied to it within the hour. */
  RESPONSE_CACHE: booleanVariable().default(false),
  /** Where `web_search` searches: the first of these that is set. */
  BRAVE_API_KEY: z.string().min(1).optional(),
  TAVILY_API_KEY: z.string().min(1).optional(),
  SEARXNG_URL: httpUrl.optional(),
  /** A folder of modules that export tools of the deployment's own. */
  TOOLS_DIR: z.string().min(1).optional(),
});

export type Config = ReturnType<typeof readConfig>;

/** @throws {ConfigError} naming every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv) {
  const read = parseConfig(variables, env);
  return Object.freeze({
    ...toCommonConfig(read),
    poolSize: read.DATABASE_POOL_SIZE,
    slots: read.WORKER_SLOTS ?? detectSlots(),
    pools: read.WORKER_POOLS,
    deliverySlots: read.DELIVERY_SLOTS,
    models: read.MODELS,
    anthropic: provider(read.ANTHROPIC_API_KEY, read.ANTHROPIC_BASE_URL, read.ANTHROPIC_LIMITS),
    openai: provider(read.OPENAI_API_KEY, read.OPENAI_BASE_URL, read.OPENAI_LIMITS),
    patienceMs: read.PROVIDER_PATIENCE_MS,
    responseCache: read.RESPONSE_CACHE,
    search: {
      braveApiKey: read.BRAVE_API_KEY,
      tavilyApiKey: read.TAVILY_API_KEY,
      searxngUrl: read.SEARXNG_URL,
    },
    toolsDir: read.TOOLS_DIR,
  });
}

/** A server of one's own often wants no key; the SDKs will not start without one. */
const NO_KEY = 'none';

function provider(apiKeys: readonly string[] | undefined, baseUrl: string | undefined, limits: KeyLimits) {
  if (baseUrl !== undefined) return { apiKeys: apiKeys ?? [NO_KEY], baseUrl, limits };
  return apiKeys === undefined ? null : { apiKeys, limits };
}
