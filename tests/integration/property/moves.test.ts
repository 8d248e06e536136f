import type { Database } from '@flotilla/db';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFixture } from '../db/fixture.ts';
import { mixed, oneByOne } from './draws.ts';
import { createWorld } from './model/world.ts';
import { settings } from './settings.ts';
import { setStage } from './stage.ts';
import { stopClock } from './stop-clock.ts';
import { createTally } from './tally.ts';

/** Rules that speak of what a worker may ask for, and of bells in time that these tests let pass at will. */
const NOT_OURS = new Set([
  'step_before_the_last_not_complete',
  'ask_without_call',
  'child_without_call',
  'due_mission_unrung',
  'due_delivery_unrung',
]);

/** What an endpoint may have at once is no part of the state machine, and has tests of its own. */
const BOUNDLESS = {
  perEndpoint: 1_000_000,
  perUnprovenEndpoint: 1_000_000,
  toSlowPerAccount: 1_000_000,
  disabledAfterMs: 1e12,
};

async function violationsIn(db: Database): Promise<unknown[]> {
  await db.sweep.requeueOrphans();
  const wrongCounters = await db.sweep.repairCounters();
  const findings = (await db.audit()).filter(({ name, count }) => count > 0 && !NOT_OURS.has(name));
  return [...wrongCounters, ...findings];
}

const ways = [
  { rounds: oneByOne, name: 'one by one', how: 'has the outcome and leaves the rows that the state machine says' },
  {
    rounds: mixed,
    name: 'side by side',
    how: 'made at once with others from another process, comes out as if they had been made in some order',
  },
];

describe('every move, in any order,', () => {
  const tally = createTally();

  it.each(ways)('$how', { timeout: 3_600_000 }, async ({ rounds, name }) => {
    await using f = await createFixture({ deliveryLimits: BOUNDLESS });
    await stopClock(f);
    await using one = await f.openAnother();
    await using another = await f.openAnother();
    const dbs = [one.db, another.db];
    const property = fc.asyncProperty(rounds, async (commands) => {
      const start = async () => ({ model: { world: createWorld() }, real: await setStage(f, dbs, tally) });
      await fc.asyncModelRun(start, commands);
      expect(await violationsIn(one.db)).toEqual([]);
    });
    await fc.assert(property, settings(name, 7));
  });

  it('was really made, and came to what it may come to', () => {
    process.stdout.write(`moves: ${tally.toString()}\n`);
    expect(tally.missing()).toEqual([]);
  });
});
