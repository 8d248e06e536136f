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

const variables = z.object({
  ...commonVariables(),
  /** Where to listen; 0 is any free port, printed once it listens. */
  PORT: portVariable().default(4_100),
  HOST: hostVariable().default('127.0.0.1'),
  /** Opens the operators' port to changes; without it, it only tells. */
  FLOTILLA_ADMIN_KEY: variable('at least 24 printable characters without blanks', (text) =>
    /^[\x21-\x7e]{24,}$/.test(text) ? text : undefined,
  ).optional(),
  DATABASE_POOL_SIZE: integerVariable({ min: 1, max: 1_000 }).default(20),
  /** Models a mission may name; a trailing * stands for any rest. */
  MODELS: models.default(MODELS_DEFAULT),
  /** For missions that name no model; one of MODELS. */
  DEFAULT_MODEL: variable('a model such as sim/demo', (text) => (parseModelRef(text) ? text : undefined)).default(
    'sim/demo',
  ),
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
    ...toCommonConfig(read),
    adminKey: read.FLOTILLA_ADMIN_KEY,
    poolSize: read.DATABASE_POOL_SIZE,
    agentsDir: read.AGENTS_DIR,
    models: { allowed: read.MODELS, default: read.DEFAULT_MODEL },
  });
}
