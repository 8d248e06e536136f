import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Part, readCommandLine } from './command-line.ts';
import type { Row } from './run-scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { BACKENDS } from './stage/backend.ts';
import { type Outcome, openSuite } from './suite.ts';

const command = readCommandLine(['--short'], SCENARIOS);
if (command.kind !== 'play') throw new Error('the short suite is not to be played');

/** A scenario mostly waits: those of the two backends are played at the same time, each on servers of its own. */
describe('the failure suite, in short', () => {
  const resources = new AsyncDisposableStack();
  const rows: Row[] = [];
  const outcomes = new Map<Part, Promise<Outcome>>();

  beforeAll(async () => {
    const print = (line: string) => void process.stdout.write(`${line}\n`);
    print(`seed ${command.seed}; replay with: ${command.replay}`);
    for (const backend of BACKENDS) {
      const suite = resources.use(await openSuite({ ...command, print, rows }));
      let previous: Promise<unknown> = Promise.resolve();
      for (const part of command.parts.filter((one) => one.backend === backend)) {
        const outcome = previous.then(() => suite.play(part));
        outcomes.set(part, outcome);
        previous = outcome;
      }
    }
  });
  afterAll(() => resources.disposeAsync());

  it.each(
    command.parts.map((part) => ({ part, name: part.scenario.name, about: part.scenario.about, on: part.backend })),
  )('$name on $on: loses nothing and repeats nothing when $about', async ({ part }) => {
    expect(await outcomes.get(part)).toEqual({ kind: 'held' });
  });
});
