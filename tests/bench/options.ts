import { parseArgs } from 'node:util';
import type { Backend } from './row.ts';

export type Options = {
  only: readonly string[];
  isQuick: boolean;
  isLarge: boolean;
  backends: readonly Backend[];
  profileDir: string | undefined;
};

const BACKENDS: readonly Backend[] = ['redis', 'postgres'];

/** @throws Error for what is none of the options */
export function readOptions(args: string[], rowNames: readonly string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      backend: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const only = values.only?.split(',') ?? [];
  const unknown = only.filter((name) => !rowNames.includes(name));
  if (unknown.length > 0) throw new Error(`there is no row ${unknown.join(', ')}; there are ${rowNames.join(', ')}`);
  const backends = BACKENDS.filter((backend) => values.backend === undefined || values.backend === backend);
  if (backends.length === 0) throw new Error(`--backend is one of ${BACKENDS.join(', ')}`);
  return { only, isQuick: values.quick, isLarge: values.large, backends, profileDir: values.profile };
}
