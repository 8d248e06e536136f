import type { BudgetRaise } from '@flotilla/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFixture, type Fixture, respond, resultOf } from './fixture.ts';

/** One for all: what each test begins with is a mission of its own. */
let f: Fixture;
beforeAll(async () => {
  f = await createFixture();
});
afterAll(() => f[Symbol.asyncDispose]());

/** A running mission with this budget, and what a run does with it. */
async function startWith(given: BudgetRaise) {
  const limits = { maxSteps: 10, maxOutputTokens: 100 };
  const spec = { goal: 'test', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits };
  const { missionId, attempt } = await f.newRunning({ spec: { ...spec, budget: { ...given, onExhausted: 'pause' } } });
  const owner = { missionId, attempt };
  return {
    owner,
    missionId,
    reserve: (
      number: number,
      microUsd: number | null,
      more: { step?: number; tokens?: number; isOptional?: boolean } = {},
    ) => f.db.budgets.reserve({ ...owner, number, step: 1, tokens: 10, microUsd, ...more }),
    budget: async () => (await f.db.missions.read(f.accountId, missionId))?.budget,
  };
}

async function violations(): Promise<string[]> {
  return (await f.db.audit()).filter(({ count }) => count > 0).map(({ name }) => name);
}

it('a budget in tokens counts what was set aside for a call whose server does not say what it used', async () => {
  const m = await startWith({ tokens: 100 });
  const silent = respond(1, 0);
  silent.response.usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: null };
  await m.reserve(1, null, { tokens: 60 });
  await f.db.steps.commitResponse({ ...m.owner, ...silent, reservation: 1 });
  expect(await m.budget()).toMatchObject({ tokens: { spent: 0, reserved: 60 } });
  expect(await m.reserve(2, null, { step: 2, tokens: 41 })).toMatchObject({ kind: 'exhausted' });
});

it('a budget has no room for a call that the mission goes on without, and that is no event of the mission', async () => {
  const m = await startWith({ usd: 0.0001 });
  const exhausted = async () =>
    (await f.eventsOf(m.missionId)).filter((event) => event.includes('budget.exhausted')).length;
  expect(await m.reserve(1, 101, { isOptional: true })).toMatchObject({ kind: 'exhausted' });
  expect(await exhausted()).toBe(0);
  expect(await m.reserve(2, 101)).toMatchObject({ kind: 'exhausted' });
  expect(await exhausted()).toBe(1);
});

it('a mission pays what its tools have asked models, each with its result and once', async () => {
  const m = await startWith({ usd: 0.0001 });
  await f.db.steps.commitResponse({ ...m.owner, ...respond(1, 3) });
  await Promise.all([1, 2].map((number) => m.reserve(number, 40)));
  const usage = { inputTokens: 30, outputTokens: 3, cachedInputTokens: 1, costMicroUsd: 21 };
  const ask = (index: number, reservation: number, owner = m.owner) =>
    f.db.steps.commitToolResult({
      ...owner,
      ...resultOf(1, index),
      sideCall: { response: { provider: 'sim', model: 'small', usage }, reservation },
    });
  expect(await ask(0, 1, { ...m.owner, attempt: 9 })).toBe('fenced');
  const plain = f.db.steps.commitToolResult({ ...m.owner, ...resultOf(1, 2) });
  expect(await Promise.all([ask(0, 1), ask(1, 2), plain])).toEqual(['committed', 'committed', 'committed']);
  expect(await ask(0, 1)).toBe('committed');
  expect(await m.budget()).toMatchObject({ microUsd: { spent: 7 + 2 * 21, reserved: 0 } });
  const { rows } = await f.sql.query(
    `SELECT call, model, cost_micro_usd::int AS cost FROM usage_records WHERE mission_id = $1 ORDER BY call`,
    [m.missionId],
  );
  const paid = { model: 'small', cost: 21 };
  expect(rows).toEqual([
    { call: 0, model: 'load', cost: 7 },
    { call: 1, ...paid },
    { call: 2, ...paid },
  ]);
  expect(await violations()).toEqual([]);
});
