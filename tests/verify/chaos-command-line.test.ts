import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../chaos/command-line.ts';
import { SCENARIOS } from '../chaos/scenarios/index.ts';

const read = (...args: string[]) => readCommandLine(args, SCENARIOS);
const partsOf = (...args: string[]) => {
  const command = read(...args);
  return command.kind === 'play' ? command.parts.map(({ scenario, backend }) => `${scenario.name} ${backend}`) : [];
};

describe('the command line of the failure suite', () => {
  it('plays everything, everywhere, unless told otherwise', () => {
    expect(partsOf()).toHaveLength(SCENARIOS.flatMap(({ backends }) => backends).length);
    expect(partsOf('--only', 'link-cut,redis-gone')).toEqual([
      'redis-gone redis',
      'link-cut redis',
      'link-cut postgres',
    ]);
    expect(partsOf('--only', 'link-cut', '--backend', 'postgres')).toEqual(['link-cut postgres']);
  });

  it('has at least eight scenarios in the short suite, on both queues', () => {
    const names = new Set(partsOf('--short').map((part) => part.split(' ')[0]));
    expect(names.size).toBeGreaterThanOrEqual(8);
    expect(new Set(partsOf('--short').map((part) => part.split(' ')[1]))).toEqual(new Set(['redis', 'postgres']));
  });

  it('names a command that plays the same again', () => {
    const command = read('--short', '--only', 'worker-sigkill', '--backend', 'redis');
    if (command.kind !== 'play') throw new Error('nothing to play');
    const { replay, parts, seed } = command;
    expect(read(...replay.split(' ').slice(4))).toEqual({ kind: 'play', parts, seed, isShort: true, replay });
  });

  it.each([
    [['--only', 'nonsense'], 'no scenario nonsense'],
    [['--backend', 'nonsense'], '--backend must be one of'],
    [['--seed', 'nonsense'], '--seed must be'],
    // An empty run must not pass for one that held.
    [['--only', 'redis-gone', '--backend', 'postgres'], 'nothing to play'],
  ])('refuses %j', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });
});
