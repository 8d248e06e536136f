import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';
import { BACKENDS, type Backend } from './stage/backend.ts';

export const USAGE = `npm run test:chaos -- [--short] [--only NAME,…] [--backend redis|postgres] [--seed N] [--list]

  --short     the scenarios that CI runs, in under five minutes
  --only      these scenarios, by name
  --seed      replays a schedule of faults: the same victims, times and answers`;

export type Part = { scenario: Scenario; backend: Backend };
export type Command =
  | { kind: 'help' }
  | { kind: 'list' }
  | {
      kind: 'play';
      parts: Part[];
      seed: number;
      isShort: boolean;
      /** The command that plays the same again. */
      replay: string;
    };

/** @throws Error saying what is wrong with it */
export function readCommandLine(args: string[], scenarios: readonly Scenario[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      backend: { type: 'string' },
      seed: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const backend = BACKENDS.find((known) => known === values.backend);
  if (values.backend !== undefined && !backend) throw new Error(`--backend must be one of ${BACKENDS.join(', ')}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed must be a whole number');
  const names = values.only?.split(',');
  const strange = names?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (strange !== undefined) throw new Error(`there is no scenario ${strange}; see --list`);
  const parts = scenarios
    .filter(({ name }) => !names || names.includes(name))
    .flatMap((scenario) =>
      (values.short ? (scenario.short ?? []) : scenario.backends).map((on) => ({ scenario, backend: on })),
    )
    .filter((part) => !backend || part.backend === backend);
  if (parts.length === 0) throw new Error('there is nothing to play: see --list for which runs on what');
  const replay = ['npm run test:chaos --']
    .concat(values.short ? '--short' : [], names ? `--only ${names.join()}` : [], backend ? `--backend ${backend}` : [])
    .concat(`--seed ${seed}`)
    .join(' ');
  return { kind: 'play', parts, seed, isShort: values.short, replay };
}
