import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@flotilla/platform';

export type ToolSecretsConfig = {
  /** Variables of the environment that hold secrets for tools. */
  names: readonly string[];
  /** A folder with a file for each, as Docker and Kubernetes mount secrets: its name is the secret's. */
  dir: string | undefined;
};

/**
 * The secrets that the deployment's tools may be told, by name. A file comes before a variable of the same name.
 * @throws {ConfigError} for a variable that is not set, and a folder that cannot be read
 */
export function readToolSecrets({ names, dir }: ToolSecretsConfig, env: NodeJS.ProcessEnv): Map<string, string> {
  const fromEnv = names.map((name): [string, string] => {
    const value = env[name];
    if (value === undefined || value === '') {
      throw new ConfigError([{ name, problem: 'is missing; TOOL_SECRETS names it' }]);
    }
    return [name, value];
  });
  return new Map([...fromEnv, ...(dir === undefined ? [] : readFolder(dir))]);
}

function readFolder(dir: string): [string, string][] {
  try {
    return (
      readdirSync(dir)
        // Kubernetes keeps folders of its own beside the files.
        .filter((name) => !name.startsWith('.'))
        .map((name): [string, string] => [name, readFileSync(join(dir, name), 'utf8').replace(/\r?\n$/, '')])
    );
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read';
    throw new ConfigError([{ name: 'TOOL_SECRETS_DIR', problem: `cannot be read: ${problem}` }]);
  }
}
