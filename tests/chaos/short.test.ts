import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { openSuite, type Suite } from './suite.ts';

const command = readCommandLine(['--short'], SCENARIOS);
if (command.kind !== 'play') throw new Error('the short suite is not to be played');

describe('the failure suite, in short', () => {
  let suite: Suite;
  beforeAll(async () => {
    const print = (line: string) => void process.stdout.write(`${line}\n`);
    print(`seed ${command.seed}; replay with: ${command.replay}`);
    suite = await openSuite({ ...command, print });
  });
  afterAll(async () => suite[Symbol.asyncDispose]());

  it.each(
    command.parts.map((part) => ({ part, name: part.scenario.name, about: part.scenario.about, on: part.backend })),
  )('$name on $on: loses nothing and repeats nothing when $about', async ({ part }) => {
    expect(await suite.play(part)).toEqual({ kind: 'held' });
  });
});
