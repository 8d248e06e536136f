import type { IConfigMap, IContainer, IEnvVar } from 'kubernetes-models/v1';
import type { Base } from './base.ts';
import type { Env } from './facts.ts';
import type { Path } from './unread-fields.ts';

/** A variable of a container: a text that is in the manifests, or a key of a Secret that is not. */
export type Variable = { name: string; path: Path } & (
  | { kind: 'text'; value: string }
  | { kind: 'secret'; key: string; isOptional: boolean }
  | { kind: 'unknown' }
);

/** Values of the shape that the apps expect of each secret; none of them opens anything. */
export const SECRETS: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql://flotilla@pooler:6432/flotilla',
  DATABASE_DIRECT_URL: 'postgresql://flotilla@postgres:5432/flotilla',
  REDIS_URL: 'rediss://redis:6379',
  FLOTILLA_ENCRYPTION_KEYS: Buffer.alloc(32).toString('base64'),
  FLOTILLA_ADMIN_KEY: Buffer.alloc(32).toString('base64'),
  ANTHROPIC_API_KEY: 'anthropic',
  OPENAI_API_KEY: 'openai',
};

export function configMapsOf({ manifests }: Pick<Base, 'manifests'>): Map<string, IConfigMap> {
  const maps = manifests.map(({ object }) => object).filter((object) => object.kind === 'ConfigMap');
  return new Map(maps.map((map) => [map.metadata?.name ?? '', map]));
}

/** A container's variables, in the order in which later ones win. */
export function variablesOf(container: IContainer, path: Path, base: Pick<Base, 'manifests'>): Variable[] {
  const maps = configMapsOf(base);
  const fromMaps = (container.envFrom ?? []).flatMap(({ configMapRef }, index) => {
    const data = maps.get(configMapRef?.name ?? '')?.data ?? {};
    return Object.entries(data).map(
      ([name, value]): Variable => ({ name, kind: 'text', value, path: [...path, 'envFrom', index] }),
    );
  });
  return [...fromMaps, ...(container.env ?? []).map((one, index) => readVariable(one, [...path, 'env', index]))];
}

function readVariable({ name, value, valueFrom }: IEnvVar, path: Path): Variable {
  const secret = valueFrom?.secretKeyRef;
  if (secret) return { name, path, kind: 'secret', key: secret.key, isOptional: secret.optional === true };
  return valueFrom ? { name, path, kind: 'unknown' } : { name, path, kind: 'text', value: value ?? '' };
}

/** The environment as a process would see it, with every secret or only with those that must be there. */
export function environmentOf(variables: readonly Variable[], { optionalSecrets }: { optionalSecrets: boolean }): Env {
  const env: Record<string, string> = {};
  for (const variable of variables) {
    if (variable.kind === 'text') env[variable.name] = variable.value;
    if (variable.kind !== 'secret' || (variable.isOptional && !optionalSecrets)) continue;
    env[variable.name] = SECRETS[variable.key] ?? '';
  }
  return env;
}
