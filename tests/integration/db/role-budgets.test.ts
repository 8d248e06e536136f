import type { BudgetRaise, ChainStage, MissionSpec } from '@flotilla/core';
import { createId } from '@flotilla/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor, respond } from './fixture.ts';

/** One for all: what each test begins with is a mission of its own. */
let f: Fixture;
beforeAll(async () => {
  f = await createFixture();
});
afterAll(() => f[Symbol.asyncDispose]());

const SPEC: MissionSpec = {
  goal: 'test',
  model: 'sim/load',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: { maxSteps: 10, maxOutputTokens: 100 },
};

/** On a slow machine: nobody renews leases here, or rings again. */
const OVERDUE = new Set(['running_without_lease', 'due_mission_unrung']);
async function violations(): Promise<string[]> {
  const broken = (await f.db.audit()).filter(({ count, name }) => count > 0 && !OVERDUE.has(name));
  return broken.map(({ name }) => name);
}

function role(budget?: BudgetRaise): ChainStage {
  const plain = { name: 'r', model: 'sim/load', instructions: null, tools: [] };
  return { ...plain, ...(budget && { budget: { ...budget, onExhausted: 'pause' } }) };
}

type Call = { role: number; step: number; microUsd: number; by?: number };

async function startChain(chain: ChainStage[], own?: BudgetRaise) {
  const spec: MissionSpec = { ...SPEC, chain, ...(own && { budget: { ...own, onExhausted: 'pause' } }) };
  const { missionId, attempt, workerId } = await f.newRunning({ spec });
  const owner = { missionId, attempt };
  let numbers = 0;
  return {
    owner,
    missionId,
    workerId,
    /** Reserves so much for the next call of a role. */
    reserve: ({ role: chainStage, step, microUsd, by = attempt }: Call) =>
      f.db.budgets.reserve({ ...owner, attempt: by, number: ++numbers, step, tokens: 10, microUsd, chainStage }),
    /** A step of it, of 7 millionths and 15 tokens, with what was reserved last. */
    commit: (chainStage: number, number: number, calls = 0) =>
      f.db.steps.commitResponse({ ...owner, ...respond(number, calls), chainStage, reservation: numbers }),
    budget: async () => (await f.db.missions.read(f.accountId, missionId))?.budget,
  };
}

it('a role of a chain spends no more than its own budget, though the others have none, and what they have spent is none of its', async () => {
  const m = await startChain([role(), role({ usd: 0.000_02, steps: 1 }), role()]);
  expect(await m.budget()).toMatchObject({ microUsd: null, steps: null });
  expect(await m.reserve({ role: 0, step: 1, microUsd: 5_000 })).toEqual({ kind: 'reserved' });
  await m.commit(0, 1);
  const warnings = async () =>
    (await f.eventsOf(m.missionId)).filter((event) => event.includes('budget.warning')).length;
  // 7 are gone when its turn begins: it may spend 20.
  expect(await m.reserve({ role: 1, step: 2, microUsd: 21 })).toMatchObject({
    kind: 'exhausted',
    shortage: { what: 'usd', limit: 0.000_027, spent: 0.000_007, needed: 0.000_021 },
  });
  expect(await m.reserve({ role: 1, step: 2, microUsd: 20 })).toEqual({ kind: 'reserved' });
  expect(await m.budget()).toMatchObject({ microUsd: { limit: 27, spent: 7, reserved: 20 } });
  // Nothing of the 20 themselves.
  expect(await warnings()).toBe(0);
  await m.commit(1, 2);
  expect(await m.reserve({ role: 1, step: 3, microUsd: 1 })).toMatchObject({
    kind: 'exhausted',
    shortage: { what: 'steps', limit: 2 },
  });
  expect(await warnings()).toBe(1);
  expect(await m.reserve({ role: 2, step: 3, microUsd: 5_000 })).toEqual({ kind: 'reserved' });
  expect(await m.budget()).toMatchObject({ microUsd: null, steps: null });
  await m.commit(2, 3);
  expect(await violations()).toEqual([]);
});

it('a role keeps to the mission’s budget beside its own, and both are raised by the total that an answer gives', async () => {
  const m = await startChain([role({ usd: 0.000_02 }), role({ usd: 0.000_02 })], { usd: 0.000_03 });
  expect(await m.budget()).toMatchObject({ microUsd: { limit: 20 } });
  await m.reserve({ role: 0, step: 1, microUsd: 20 });
  await m.commit(0, 1);
  expect(await m.reserve({ role: 1, step: 2, microUsd: 21 })).toMatchObject({
    kind: 'exhausted',
    shortage: { limit: 0.000_027 },
  });
  const waitingFor = { kind: 'budget', detail: {} } as const;
  const ask = { kind: 'budget', step: null, index: null, request: {}, argumentsHash: null, expiresInMs: null } as const;
  const park = { status: 'waiting', code: 'awaiting_budget', message: '', waitingFor, tries: 0 } as const;
  await f.db.lease.leave({ ...m.owner, ...park, asks: [ask], children: [] });
  const [open] = await f.db.missions.asks(f.accountId, m.missionId);
  const given = { accountId: f.accountId, missionId: m.missionId, askId: open?.id ?? '', answeredBy: 'test' };
  await f.db.missions.answer({ ...given, answer: { usd: 0.000_05 } });
  expect(await m.budget()).toMatchObject({ microUsd: { limit: 50, spent: 7 } });
  await f.db.lease.claim({ missionId: m.missionId, workerId: await f.newWorker() });
  expect(await m.reserve({ role: 1, step: 2, microUsd: 44, by: 2 })).toMatchObject({ kind: 'exhausted' });
  expect(await m.reserve({ role: 1, step: 2, microUsd: 43, by: 2 })).toEqual({ kind: 'reserved' });
  expect(await violations()).toEqual([]);
});

it('a role counts what a dead attempt of its turn had reserved, and nothing of it in the next turn', async () => {
  const m = await startChain([role({ usd: 0.000_02 }), role({ usd: 0.000_02 })]);
  await m.reserve({ role: 0, step: 1, microUsd: 12 });
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [m.workerId]);
  await f.db.sweep.requeueOrphans();
  await f.db.lease.claim({ missionId: m.missionId, workerId: await f.newWorker() });
  expect(await m.reserve({ role: 0, step: 1, microUsd: 9, by: 2 })).toMatchObject({ kind: 'exhausted' });
  expect(await m.reserve({ role: 0, step: 1, microUsd: 8, by: 2 })).toEqual({ kind: 'reserved' });
  await f.db.steps.commitResponse({ ...m.owner, attempt: 2, ...respond(1, 0), reservation: 3 });
  expect(await m.reserve({ role: 1, step: 2, microUsd: 20, by: 2 })).toEqual({ kind: 'reserved' });
  expect(await m.reserve({ role: 1, step: 2, microUsd: 1, by: 2 })).toMatchObject({ kind: 'exhausted' });
});

it('a role shares what it has left with the missions that it starts, and a retry has it anew', async () => {
  const m = await startChain([role(), role({ usd: 0.000_107, steps: 3 })]);
  await m.reserve({ role: 0, step: 1, microUsd: 10 });
  await m.commit(0, 1);
  await m.reserve({ role: 1, step: 2, microUsd: 10 });
  await m.commit(1, 2, 2);
  const park = parkFor({ step: 2, asks: 0, children: 2 });
  for (const child of park.children) child.spec = { ...SPEC, budget: { onExhausted: 'fail' } };
  await f.db.lease.leave({ ...m.owner, ...park });
  for (const { id } of park.children) {
    expect((await f.db.missions.read(f.accountId, id))?.budget).toMatchObject({
      microUsd: { limit: 50 },
      steps: { limit: 1 },
    });
  }
  const cancelled = await f.db.missions.cancel(f.accountId, m.missionId);
  if (cancelled.kind !== 'cancelled') throw new Error(cancelled.kind);
  await f.db.missions.settle([cancelled.end]);
  const id = createId('mission');
  await f.db.missions.copy([{ kind: 'retry', id, sourceId: m.missionId, from: 'last_step' }], {
    accountId: f.accountId,
    once: false,
  });
  expect((await f.db.missions.read(f.accountId, id))?.budget).toMatchObject({
    microUsd: { limit: 107, spent: 0 },
    steps: { limit: 5, spent: 2 },
  });
  expect(await violations()).toEqual([]);
});
