import { isModelAllowed } from '@flotilla/core';
import { ConfigError, integerVariable, listVariable, parseConfig, portVariable, urlVariable } from '@flotilla/platform';
import { z } from 'zod';

/** Room for many missions on a laptop: they spend their time waiting for models. */
const LOCAL_SLOTS = 200;

const ANTHROPIC_MODEL = 'anthropic/claude-sonnet-5-5';
const OPENAI_MODEL = 'openai/gpt-6.1-terra';

const variables = z.object({
  DATABASE_URL: urlVariable({ schemes: ['postgresql', 'postgres'] }).optional(),
  REDIS_URL: urlVariable({ schemes: ['redis', 'rediss'] }).optional(),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.string().optional(),
  /** `provider/model`. Default: the first provider with a key, else the simulator. */
  DEFAULT_MODEL: z.string().optional(),
  /** Where the API listens; taken already, it takes any free port and says which. */
  PORT: portVariable().default(4_100),
  WORKER_SLOTS: integerVariable({ min: 1, max: 10_000 }).default(LOCAL_SLOTS),
  /** Ports of this machine that webhooks and tools may call: where the examples listen. */
  WEBHOOK_LOOPBACK_PORTS: listVariable({ item: /^\d{1,5}$/, expected: 'ports' }).default(['4180']),
});

export type Config = ReturnType<typeof readConfig>;

/** @throws {ConfigError} naming every variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv) {
  const read = parseConfig(variables, env);
  const models = ['sim/demo', 'sim/load'];
  let defaultModel = 'sim/demo';
  if (read.OPENAI_API_KEY !== undefined || read.OPENAI_BASE_URL !== undefined) {
    models.push('openai/*');
    defaultModel = OPENAI_MODEL;
  }
  if (read.ANTHROPIC_API_KEY !== undefined || read.ANTHROPIC_BASE_URL !== undefined) {
    models.push('anthropic/*');
    defaultModel = ANTHROPIC_MODEL;
  }
  if (read.DEFAULT_MODEL !== undefined) {
    defaultModel = read.DEFAULT_MODEL;
    if (!isModelAllowed(defaultModel, models)) {
      const problem = `is ${defaultModel}, and what is configured serves only ${models.join(', ')}: set the key or the base URL of its provider`;
      throw new ConfigError([{ name: 'DEFAULT_MODEL', problem }]);
    }
  }
  return Object.freeze({
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    models,
    defaultModel,
    port: read.PORT,
    slots: read.WORKER_SLOTS,
    loopbackPorts: read.WEBHOOK_LOOPBACK_PORTS,
  });
}
