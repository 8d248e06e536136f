import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, respond, resultOf } from '../db/fixture.ts';
import { at } from './model/world.ts';
import { settings } from './settings.ts';

const MISSIONS = 3;

/** A call of a burst: for which mission, under which attempt, and whatever else its kind of write wants to know. */
type Call = { mission: number; attempt: number; step: number; index: number; content: string };
type Target = { missionId: string; workerId: string };
type Kind = (db: Fixture['db'], target: Target, call: Call) => Promise<unknown>;

const kinds = {
  claim: async (db, target) => {
    const claimed = await db.lease.claim(target);
    return claimed === 'not_ours' ? claimed : claimed.attempt;
  },
  respond: (db, { missionId }, { attempt, step, index }) =>
    db.steps.commitResponse({ missionId, attempt, ...respond(step, index) }),
  start: (db, { missionId }, { attempt, step, index }) => db.steps.startToolCall({ missionId, attempt, step, index }),
  result: (db, { missionId }, { attempt, step, index, content }) =>
    db.steps.commitToolResult({ missionId, attempt, ...resultOf(step, index, content) }),
  release: async (db, { missionId }, { attempt }) => {
    const way = { status: 'queued', code: 'draining', message: '', afterMs: 0, tries: 0 } as const;
    const left = await db.lease.leave({ missionId, attempt, ...way });
    return left === 'fenced' ? left : left.status;
  },
  finish: async (db, { missionId }, { attempt, content }) => {
    const left = await db.lease.leave({ missionId, attempt, status: 'completed', output: content });
    return left === 'fenced' ? left : left.status;
  },
} satisfies Record<string, Kind>;

const calls = fc.array(
  fc.record<Call>({
    mission: fc.nat(MISSIONS - 1),
    attempt: fc.constantFrom(1, 1, 1, 2, 3),
    step: fc.integer({ min: 1, max: 3 }),
    index: fc.nat(2),
    content: fc.constantFrom('a', 'b', 'c'),
  }),
  { minLength: 2, maxLength: 8, size: 'max' },
);
const kind = fc.constantFrom<(keyof typeof kinds)[]>(
  ...(['claim', 'respond', 'respond', 'start', 'result', 'result', 'result', 'release', 'finish'] as const),
);
const bursts = fc.array(fc.record({ kind, calls }), {
  minLength: 6,
  maxLength: 15,
  size: 'max',
});

async function sightOf(f: Fixture, { missionId }: Target): Promise<unknown> {
  const steps = await f.db.steps.read({ missionId, after: 0, limit: 100 });
  return {
    status: await f.statusOf(missionId),
    events: await f.eventsOf(missionId),
    steps: steps.map(({ number, attempt, toolCalls }) => ({
      number,
      attempt,
      calls: toolCalls.map(({ status, result }) => ({ status, content: result?.content })),
    })),
  };
}

describe('a burst of writes, the same mission several times in it,', () => {
  it('comes to the same outcomes and the same rows as one write at a time', { timeout: 3_600_000 }, async () => {
    await using f = await createFixture();
    const workerId = await f.newWorker();
    // However long it takes on a busy machine.
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 day'`);
    const newTargets = () =>
      Promise.all(Array.from({ length: MISSIONS }, async () => ({ missionId: await f.newMission(), workerId })));
    const property = fc.asyncProperty(bursts, async (drawn) => {
      const [apart, together] = await Promise.all([newTargets(), newTargets()]);
      for (const { kind: name, calls: made } of drawn) {
        const write: Kind = kinds[name];
        const make = (targets: Target[]) => (call: Call) => write(f.db, at(targets, call.mission), call);
        const expected: unknown[] = [];
        for (const call of made) expected.push(await make(apart)(call));
        expect({ name, made, outcomes: await Promise.all(made.map(make(together))) }).toEqual({
          name,
          made,
          outcomes: expected,
        });
      }
      for (const [index, target] of together.entries()) {
        expect(await sightOf(f, target)).toEqual(await sightOf(f, at(apart, index)));
      }
    });
    await fc.assert(property, settings('bursts', 4));
  });
});
