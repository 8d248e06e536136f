import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setForNewConnections } from '../../harness/index.ts';
import { createFixture, type Fixture, parkFor, respond, resultOf } from '../db/fixture.ts';
import { at } from './model/world.ts';
import { settings } from './settings.ts';

type Run = { missionId: string; attempt: number };
type Db = Fixture['db'];
type Write = (db: Db, run: Run) => Promise<unknown>;

/** However long it takes on a busy machine. */
const LIVE_ON = `UPDATE workers SET lease_expires_at = now() + interval '1 day'`;
const MISSIONS = 24;
const PROCESSES = 3;

const middle: Write[] = [
  (db, run) => db.steps.commitResponse({ ...run, ...respond(1, 3) }),
  (db, run) => db.steps.startToolCall({ ...run, step: 1, index: 0 }),
  (db, run) => db.steps.commitToolResult({ ...run, ...resultOf(1, 1) }),
  (db, run) => db.steps.commitToolResult({ ...run, ...resultOf(1, 2) }),
  (db, run) => db.steps.commitResponse({ ...run, attempt: 99, ...respond(2, 0) }),
  (db, run) => db.lease.leave({ ...run, attempt: 99, status: 'completed', output: '' }),
  (db, run) => db.lease.leave({ ...run, attempt: 99, ...parkFor({ step: 1 }) }),
  (db, run) => db.lease.claim({ missionId: run.missionId, workerId: 'wrk_nobody' }),
  (db) => db.sweep.requeueOrphans(),
  (db) => db.sweep.takeDueMissions('default', 100),
  (db) => db.sweep.expireAnswers(),
  (db) => db.sweep.settleFamilies(),
];
const end: Write[] = [
  (db, run) => db.steps.commitToolResult({ ...run, ...resultOf(1, 0) }),
  (db, run) => db.steps.commitResponse({ ...run, ...respond(1, 3) }),
  (db, run) => db.steps.startToolCall({ ...run, step: 1, index: 0 }),
  (db, run) => db.lease.leave({ ...run, status: 'failed', code: 'max_steps', message: '' }),
];

/** Every write to every mission from every process, in an order to be drawn. */
function everyWrite(writes: readonly Write[]) {
  const made = writes.flatMap((write) =>
    Array.from({ length: MISSIONS * PROCESSES }, (_, index) => ({
      write,
      run: index % MISSIONS,
      process: Math.floor(index / MISSIONS),
    })),
  );
  return fc.shuffledSubarray(made, { minLength: made.length });
}

function isLeave(outcome: unknown): outcome is { missionId: string } {
  return typeof outcome === 'object' && outcome !== null && 'missionId' in outcome;
}

/** Deadlocks that Postgres had to break in this database. A connection's count is told when it ends. */
async function deadlocksIn(f: Fixture): Promise<number> {
  const { rows } = await f.sql.query<{ count: number }>(
    'SELECT deadlocks::int AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return rows[0]?.count ?? -1;
}

/**
 * A small table is read from end to end, and its rows are locked in the order they lie in, whatever a statement asks
 * for. A large one is asked row by row, in the order of the batch: this makes new connections plan for that.
 */
async function findRowsAsInALargeTable(f: Fixture): Promise<void> {
  for (const setting of ['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) {
    await setForNewConnections(f, `${setting} = off`);
  }
}

describe('batches of several processes over the same missions, in any order,', () => {
  it('lose nothing and never lock each other out', { timeout: 3_600_000 }, async () => {
    await using f = await createFixture();
    await using stack = new AsyncDisposableStack();
    await findRowsAsInALargeTable(f);
    const processes = await Promise.all(Array.from({ length: PROCESSES }, () => f.openAnother()));
    for (const process of processes) stack.use(process);
    const property = fc.asyncProperty(everyWrite(middle), everyWrite(end), async (first, then) => {
      const runs = await Promise.all(Array.from({ length: MISSIONS }, () => f.newRunning()));
      await f.sql.query(LIVE_ON);
      await Promise.all(runs.map((run) => f.db.steps.commitResponse({ ...run, ...respond(1, 3) })));
      const make = (made: typeof first) =>
        Promise.all(made.map(({ write, run, process }) => write(at(processes, process).db, at(runs, run))));
      await make(first);
      const left = await make(then);
      // A leave that is sent again is answered like the first; that each mission ended once, the audit says.
      const ended = left.flatMap((outcome) => (isLeave(outcome) ? [outcome.missionId] : []));
      expect(new Set(ended)).toEqual(new Set(runs.map(({ missionId }) => missionId)));
      const steps = await Promise.all(runs.map(({ missionId }) => f.db.steps.read({ missionId, after: 0, limit: 10 })));
      const completed = steps.flat().flatMap((step) => step.toolCalls.slice(1).map((call) => call.status));
      expect(completed).toEqual(Array.from({ length: MISSIONS * 2 }, () => 'completed'));
      // Nobody delivers here, and on a busy machine a run is longer than a delivery may lie.
      const findings = (await f.db.audit()).filter(({ name, count }) => count > 0 && name !== 'due_delivery_unrung');
      expect(findings).toEqual([]);
    });
    await fc.assert(property, settings('batches', 3));
    await stack.disposeAsync();
    expect(await deadlocksIn(f)).toBe(0);
  });
});
