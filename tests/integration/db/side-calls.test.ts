import { type BudgetRaise, NO_USAGE } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** On a slow machine: nobody renews leases here, or rings again. */
const OVERDUE = new Set(['running_without_lease', 'due_mission_unrung']);
async function violations(): Promise<string[]> {
  const broken = (await f.db.audit()).filter(({ count, name }) => count > 0 && !OVERDUE.has(name));
  return broken.map(({ name }) => name);
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

it('what costs nothing has room though the budget is overrun, as far as there is a step for it', async () => {
  const m = await startWith({ usd: 0.000_005, tokens: 10, steps: 1 });
  await m.reserve(1, 5);
  await f.db.steps.commitResponse({ ...m.owner, ...respond(1, 0), reservation: 1 });
  expect(await m.reserve(2, 0, { tokens: 0 })).toEqual({ kind: 'reserved' });
  expect(await m.reserve(3, 1, { tokens: 0 })).toMatchObject({ kind: 'exhausted', shortage: { what: 'usd' } });
  expect(await m.reserve(4, 0, { tokens: 0, step: 2 })).toMatchObject({
    kind: 'exhausted',
    shortage: { what: 'steps' },
  });
});

describe('a question whose mission was stopped before its tool had a result', () => {
  const usage = { inputTokens: 30, outputTokens: 3, cachedInputTokens: 1, costMicroUsd: 21 };
  const response = { provider: 'sim', model: 'small', usage };
  const linesOf = async (missionId: string) => {
    const { rows } = await f.sql.query(
      `SELECT call, attempt, unused_call AS unused, cost_micro_usd::int AS cost FROM usage_records
       WHERE mission_id = $1 AND call <> 0 ORDER BY call DESC`,
      [missionId],
    );
    return rows;
  };

  it('is paid once, by itself, and settles what was reserved; whoever asks again pays that beside it', async () => {
    const m = await startWith({ usd: 0.001 });
    await f.db.steps.commitResponse({ ...m.owner, ...respond(1, 2) });
    await Promise.all([1, 2].map((number) => m.reserve(number, 40)));
    const unused = (index: number, reservation: number, owner = m.owner) =>
      f.db.steps.commitUnusedCall({ ...owner, step: 1, index, number: index + 1, response, reservation });
    expect(await unused(0, 1, { ...m.owner, attempt: 9 })).toBe('fenced');
    // Side by side, and each again: its first reply may have been lost.
    expect(await Promise.all([unused(0, 1), unused(1, 2), unused(0, 1), unused(1, 2)])).toEqual(
      Array.from({ length: 4 }, () => 'committed'),
    );
    expect(await unused(0, 1)).toBe('committed');
    expect(await m.budget()).toMatchObject({ microUsd: { spent: 7 + 2 * 21, reserved: 0 } });

    const goOn = { code: 'draining', message: '', afterMs: 0, tries: 0 };
    await f.db.lease.leave({ ...m.owner, status: 'queued', ...goOn });
    const again = await f.db.lease.claim({ missionId: m.missionId, workerId: await f.newWorker() });
    if (again === 'not_ours') throw new Error('the claim failed');
    const next = { ...m.owner, attempt: again.attempt };
    expect(await unused(0, 1)).toBe('fenced');
    expect(await unused(0, 1, next)).toBe('committed');
    const sideCall = { response: { ...response, usage: NO_USAGE }, cached: true };
    await f.db.steps.commitToolResult({ ...next, ...resultOf(1, 0), sideCall });
    await f.db.steps.commitToolResult({ ...next, ...resultOf(1, 1), sideCall: { response } });
    expect(await linesOf(m.missionId)).toEqual([
      { call: 2, attempt: null, unused: null, cost: 21 },
      { call: 1, attempt: null, unused: null, cost: 0 },
      { call: -2, attempt: 1, unused: expect.any(Number), cost: 21 },
      { call: -3, attempt: 1, unused: expect.any(Number), cost: 21 },
      { call: -4, attempt: 2, unused: 1, cost: 21 },
    ]);
    expect(await m.budget()).toMatchObject({ microUsd: { spent: 7 + 4 * 21, reserved: 0 } });
    const beside = await f.db.usage.besideSteps({ missionId: m.missionId, after: 0, upTo: 9 });
    const ofCall = (index: number) => beside.filter((line) => line.index === index);
    expect([ofCall(0).length, ofCall(1).length, ofCall(0).at(-1)?.cached]).toEqual([3, 2, true]);
    expect(await violations()).toEqual([]);
  });

  it('and calls that broke off have a line each, beside a whole one’s: what they may cost more stays reserved', async () => {
    const m = await startWith({ usd: 0.001, tokens: 1_000 });
    await Promise.all([1, 2, 3].map((number) => m.reserve(number, 40, { tokens: 100 })));
    const own = { ...m.owner, step: 1, index: null, response };
    const partial = { ...own, isPartial: true };
    expect(await f.db.steps.commitUnusedCall({ ...partial, number: 1, reservation: 1 })).toBe('committed');
    expect(await m.budget()).toMatchObject({
      microUsd: { spent: 21, reserved: 2 * 40 + 19 },
      tokens: { spent: 33, reserved: 2 * 100 + 67 },
    });
    const dear = { ...response, usage: { ...usage, costMicroUsd: 50 } };
    await f.db.steps.commitUnusedCall({ ...partial, number: 2, reservation: 2, response: dear });
    const summary = { ...own, isSummary: true, number: 3, reservation: 3 };
    expect([await f.db.steps.commitUnusedCall(summary), await f.db.steps.commitUnusedCall(summary)]).toEqual([
      'committed',
      'committed',
    ]);
    expect(await m.budget()).toMatchObject({
      microUsd: { spent: 21 + 50 + 21, reserved: 19 },
      tokens: { spent: 99, reserved: 2 * 67 },
    });
    await f.db.steps.commitResponse({ ...m.owner, ...respond(1, 0) });
    expect(await linesOf(m.missionId)).toEqual([
      { call: -2, attempt: 1, unused: 0, cost: 21 },
      { call: -3, attempt: 1, unused: 0, cost: 50 },
      { call: -4, attempt: 1, unused: -1, cost: 21 },
    ]);
    expect(await violations()).toEqual([]);
  });
});
