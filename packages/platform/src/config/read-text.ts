import { readFileSync } from 'node:fs';
import type { ConfigFault } from './config-error.ts';

/**
 * What a variable is set to: its own text or, where `<name>_FILE` names a file, that file's, as Docker and Kubernetes
 * mount secrets. Blank is the same as absent, since `FOO=` in a compose file or an env file means "not set".
 * @returns undefined when it is not set, a fault when it cannot be had
 */
export function readText(name: string, env: NodeJS.ProcessEnv): string | ConfigFault | undefined {
  const own = orAbsent(env[name]);
  const path = orAbsent(env[`${name}_FILE`]);
  if (path === undefined) return own;
  if (own !== undefined) return { name, problem: `is set, and ${name}_FILE as well; only one of them may be` };
  try {
    return orAbsent(readFileSync(path, 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    return { name: `${name}_FILE`, problem: `must name a file that can be read: ${code}` };
  }
}

function orAbsent(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
