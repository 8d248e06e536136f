import { type KeyLimits, OPENAI_APIS } from '@flotilla/agent';
import {
  DEFAULT_POOL,
  DELIVERIES_PER_ENDPOINT,
  DELIVERY_WAIT_MAX_MS,
  ENDPOINT_DISABLED_AFTER_MS,
  MODEL_PATTERN,
  MODELS_DEFAULT,
  POOL_NAME,
  PROVIDER_PATIENCE_MS,
} from '@flotilla/core';
import {
  booleanVariable,
  ConfigError,
  choiceVariable,
  commonVariables,
  durationMsVariable,
  durationsMsVariable,
  integerVariable,
  listVariable,
  parseConfig,
  toCommonConfig,
  urlVariable,
} from '@flotilla/platform';
import { z } from 'zod';
import { DELIVERY_SCHEDULE_MS } from './delivery-schedule.ts';
import { timeoutsVariable } from './model-timeouts.ts';
import { limitsVariable } from './provider-limits.ts';
import { type McpConfig, readMcpServers } from './read-mcp-servers.ts';
import { detectSlots } from './slots.ts';
import { toSlowPerAccount } from './slow-lane.ts';
import { readToolSecrets } from './tool-secrets.ts';

const apiKeysVariable = () => listVariable({ item: /^\S+$/, expected: 'API keys' });

const httpUrl = urlVariable({ schemes: ['https', 'http'] });

const models = listVariable({ item: MODEL_PATTERN, expected: 'models such as anthropic/some-model or anthropic/*' });

const variables = z.object({
  ...commonVariables(),
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000 }).default(10),
  /** Missions this process runs at once. Default: from the machine. */
  WORKER_SLOTS: integerVariable({ min: 1, max: 10_000 }).optional(),
  WORKER_POOLS: listVariable({ item: POOL_NAME, expected: 'pool names' }).default([DEFAULT_POOL]),
  /** A busy event loop that is late by more takes no missions. */
  PAUSE_LOOP_DELAY_MS: integerVariable({ min: 50, max: 60_000 }).default(200),
  /** Webhooks this process sends at once. */
  DELIVERY_SLOTS: integerVariable({ min: 1, max: 1_000 }).default(200),
  /** Webhooks to one endpoint that the whole fleet sends at once. */
  DELIVERIES_PER_ENDPOINT: integerVariable({ min: 1, max: 1_000 }).default(DELIVERIES_PER_ENDPOINT),
  /** The waits between the attempts of one webhook. */
  DELIVERY_SCHEDULE: durationsMsVariable({ minMs: 1, maxMs: DELIVERY_WAIT_MAX_MS }).default([...DELIVERY_SCHEDULE_MS]),
  /** For how long an endpoint may fail before it is disabled. */
  ENDPOINT_DISABLED_AFTER: durationMsVariable({ minMs: 1, maxMs: 30 * 86_400_000 }).default(ENDPOINT_DISABLED_AFTER_MS),
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
  /** Which of OpenAI's interfaces is spoken; `auto`: by the model. */
  OPENAI_API: choiceVariable(OPENAI_APIS).default('auto'),
  /** The base URL is an Azure resource, whose interface is of this date. */
  OPENAI_AZURE_API_VERSION: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(-preview)?$/, { error: 'must be a date such as 2025-04-01-preview' })
    .optional(),
  /** Claude on Amazon Bedrock, in this region; without a key, by AWS's own credential chain. */
  BEDROCK_REGION: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: 'must be a region such as eu-central-1' })
    .optional(),
  BEDROCK_API_KEY: apiKeysVariable().optional(),
  BEDROCK_BASE_URL: httpUrl.optional(),
  BEDROCK_LIMITS: limitsVariable(),
  /** For models that the usual limits on a call do not fit. */
  MODEL_TIMEOUTS: timeoutsVariable(),
  /** A JSON file of prices that go before those that come with the providers. */
  PRICES_FILE: z.string().min(1).optional(),
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
  /** A file of MCP servers whose tools missions may name. */
  MCP_SERVERS_FILE: z.string().min(1).optional(),
  /** Variables that hold secrets for tools, and a folder with a file for each. */
  TOOL_SECRETS: listVariable({ item: /^[A-Za-z_]\w*$/, expected: 'names of variables' }).default([]),
  TOOL_SECRETS_DIR: z.string().min(1).optional(),
});

export type Config = ReturnType<typeof readConfig>;

/** @throws {ConfigError} naming every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv) {
  const read = parseConfig(variables, env);
  if (read.OPENAI_AZURE_API_VERSION !== undefined && read.OPENAI_BASE_URL === undefined) {
    const problem = 'is missing: with OPENAI_AZURE_API_VERSION it is the Azure resource, https://….openai.azure.com';
    throw new ConfigError([{ name: 'OPENAI_BASE_URL', problem }]);
  }
  const openai = provider(read.OPENAI_API_KEY, read.OPENAI_BASE_URL, read.OPENAI_LIMITS);
  return Object.freeze({
    ...toCommonConfig(read),
    poolSize: read.DATABASE_POOL_SIZE,
    slots: read.WORKER_SLOTS ?? detectSlots(),
    pools: read.WORKER_POOLS,
    loopDelayMs: read.PAUSE_LOOP_DELAY_MS,
    deliverySlots: read.DELIVERY_SLOTS,
    deliverySchedule: read.DELIVERY_SCHEDULE,
    deliveryLimits: {
      perEndpoint: read.DELIVERIES_PER_ENDPOINT,
      toSlowPerAccount: toSlowPerAccount(read.DELIVERY_SLOTS),
      disabledAfterMs: read.ENDPOINT_DISABLED_AFTER,
    },
    models: read.MODELS,
    anthropic: provider(read.ANTHROPIC_API_KEY, read.ANTHROPIC_BASE_URL, read.ANTHROPIC_LIMITS),
    openai: openai && {
      ...openai,
      api: read.OPENAI_API,
      ...(read.OPENAI_AZURE_API_VERSION !== undefined && { azureApiVersion: read.OPENAI_AZURE_API_VERSION }),
    },
    bedrock:
      read.BEDROCK_REGION === undefined
        ? null
        : {
            region: read.BEDROCK_REGION,
            apiKeys: read.BEDROCK_API_KEY,
            limits: read.BEDROCK_LIMITS,
            ...(read.BEDROCK_BASE_URL !== undefined && { baseUrl: read.BEDROCK_BASE_URL }),
          },
    modelTimeouts: read.MODEL_TIMEOUTS,
    pricesFile: read.PRICES_FILE,
    patienceMs: read.PROVIDER_PATIENCE_MS,
    responseCache: read.RESPONSE_CACHE,
    search: {
      braveApiKey: read.BRAVE_API_KEY,
      tavilyApiKey: read.TAVILY_API_KEY,
      searxngUrl: read.SEARXNG_URL,
    },
    toolsDir: read.TOOLS_DIR,
    mcp: read.MCP_SERVERS_FILE === undefined ? NO_MCP : readMcpServers(read.MCP_SERVERS_FILE, env),
    toolSecrets: readToolSecrets({ names: read.TOOL_SECRETS, dir: read.TOOL_SECRETS_DIR }, env),
  });
}

const NO_MCP: McpConfig = { servers: [], secrets: new Map() };

/** A server of one's own often wants no key; the SDKs will not start without one. */
const NO_KEY = 'none';

function provider(apiKeys: readonly string[] | undefined, baseUrl: string | undefined, limits: KeyLimits) {
  if (baseUrl !== undefined) return { apiKeys: apiKeys ?? [NO_KEY], baseUrl, limits };
  return apiKeys === undefined ? null : { apiKeys, limits };
}
