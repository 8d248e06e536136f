import type { BudgetRaise, MissionSpec } from '@flotilla/core';
import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor, respond, resultOf } from './fixture.ts';

/** One for all: what each test begins with is a mission of its own. */
let f: Fixture;
beforeAll(async () => {
  f = await createFixture();
});
afterAll(() => f[Symbol.asyncDispose]());

const LIMITS = { maxSteps: 10, maxOutputTokens: 100 };

function specWith(budget: MissionSpec['budget']): MissionSpec {
  const spec = { goal: 'test', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits: LIMITS };
  return { ...spec, ...(budget && { budget }) };
}

/** A running mission with this budget, and what a run does with it. */
async function startWith(given: BudgetRaise) {
  const { missionId, attempt, workerId } = await f.newRunning({ spec: specWith({ ...given, onExhausted: 'pause' }) });
  const owner = { missionId, attempt };
  return {
    owner,
    missionId,
    workerId,
    reserve: (
      number: number,
      microUsd: number | null,
      more: { step?: number; attempt?: number; tokens?: number } = {},
    ) => f.db.budgets.reserve({ ...owner, number, step: 1, tokens: 10, microUsd, ...more }),
    /** Commits a step that costs 7 millionths and 15 tokens. */
    commit: (number: number, reservation?: number) =>
      f.db.steps.commitResponse({ ...owner, ...respond(number, 0), ...(reservation !== undefined && { reservation }) }),
    budget: async () => (await f.db.missions.read(f.accountId, missionId))?.budget,
  };
}

/** Its events are so much longer ago. */
async function age(missionId: string, seconds: number): Promise<void> {
  const sql = `UPDATE mission_events SET created_at = created_at - $2 * interval '1 second' WHERE mission_id = $1`;
  await f.sql.query(sql, [missionId, seconds]);
}

/** On a slow machine: nobody renews leases here, or rings again. */
const OVERDUE = new Set(['running_without_lease', 'due_mission_unrung']);
async function violations(): Promise<string[]> {
  const broken = (await f.db.audit()).filter(({ count, name }) => count > 0 && !OVERDUE.has(name));
  return broken.map(({ name }) => name);
}

describe('a budget', () => {
  it('is set aside before a call, and settled with its step', async () => {
    const m = await startWith({ usd: 0.0001, tokens: 1_000 });
    expect(await m.reserve(1, 60)).toEqual({ kind: 'reserved' });
    expect(await m.budget()).toMatchObject({
      microUsd: { limit: 100, spent: 0, reserved: 60 },
      tokens: { limit: 1_000, spent: 0, reserved: 10 },
      steps: null,
    });
    await m.commit(1, 1);
    expect(await m.budget()).toMatchObject({
      microUsd: { limit: 100, spent: 7, reserved: 0 },
      tokens: { limit: 1_000, spent: 15, reserved: 0 },
    });
    expect(await violations()).toEqual([]);
  });

  it('has no room for a call that may cost more than is left, beside what is set aside for others', async () => {
    const m = await startWith({ usd: 0.0001 });
    expect(await m.reserve(1, 60)).toEqual({ kind: 'reserved' });
    expect(await m.reserve(2, 41)).toEqual({
      kind: 'exhausted',
      shortage: { what: 'usd', limit: 0.0001, spent: 0, reserved: 0.00006, needed: 0.000041 },
    });
    expect(await m.reserve(3, 40)).toEqual({ kind: 'reserved' });
    expect(await m.reserve(4, 1)).toMatchObject({ kind: 'exhausted' });
    expect((await f.eventsOf(m.missionId)).filter((event) => event.includes('budget'))).toEqual([
      '3 budget.exhausted',
      '4 budget.warning',
    ]);
  });

  it('counts calls side by side one after the other', async () => {
    const m = await startWith({ usd: 0.0001 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => m.reserve(index + 1, 9)));
    expect(outcomes.filter(({ kind }) => kind === 'reserved')).toHaveLength(11);
    expect(await m.budget()).toMatchObject({ microUsd: { reserved: 99 } });
  });

  it('counts a reservation once, though its reply was lost and it is made again', async () => {
    const m = await startWith({ usd: 0.0001 });
    for (let time = 0; time < 3; time++) expect(await m.reserve(1, 60)).toEqual({ kind: 'reserved' });
    expect(await m.budget()).toMatchObject({ microUsd: { reserved: 60 } });
  });

  it('counts what a dead attempt had set aside as spent, and takes nothing from it any more', async () => {
    const m = await startWith({ usd: 0.0001 });
    await m.reserve(1, 60);
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [m.workerId]);
    await f.db.sweep.requeueOrphans();
    const again = await f.db.lease.claim({ missionId: m.missionId, workerId: await f.newWorker() });
    expect(again).toMatchObject({ attempt: 2 });
    expect(await m.reserve(2, 10)).toEqual({ kind: 'fenced' });
    await f.db.budgets.giveBack({ ...m.owner, number: 1 });
    expect(await m.reserve(1, 41, { attempt: 2 })).toMatchObject({
      kind: 'exhausted',
      shortage: { reserved: 0.00006 },
    });
    expect(await m.reserve(2, 40, { attempt: 2 })).toEqual({ kind: 'reserved' });
    expect(await violations()).toEqual([]);
  });

  it('gets back what was set aside for a call that was not made', async () => {
    const m = await startWith({ usd: 0.0001 });
    await m.reserve(1, 60);
    await f.db.budgets.giveBack({ ...m.owner, number: 1 });
    await f.db.budgets.giveBack({ ...m.owner, number: 1 });
    expect(await m.budget()).toMatchObject({ microUsd: { spent: 0, reserved: 0 } });
  });

  it('in US dollars is not given to a call whose price nobody knows; one in tokens is', async () => {
    const usd = await startWith({ usd: 1 });
    expect(await usd.reserve(1, null)).toEqual({ kind: 'price_unknown' });
    const tokens = await startWith({ tokens: 20 });
    expect(await tokens.reserve(1, null)).toEqual({ kind: 'reserved' });
    expect(await tokens.reserve(2, null, { tokens: 11 })).toMatchObject({
      kind: 'exhausted',
      shortage: { what: 'tokens' },
    });
  });

  it('limits steps, and the time a mission has been running without the time it waited', async () => {
    const steps = await startWith({ steps: 1 });
    await steps.reserve(1, 0);
    await steps.commit(1, 1);
    expect(await steps.reserve(2, 0, { step: 2 })).toMatchObject({ kind: 'exhausted', shortage: { what: 'steps' } });

    const time = await startWith({ wallClockSeconds: 60 });
    await age(time.missionId, 50);
    expect(await time.reserve(1, 0)).toEqual({ kind: 'reserved' });
    await age(time.missionId, 11);
    expect(await time.reserve(2, 0)).toMatchObject({
      kind: 'exhausted',
      shortage: { what: 'wallClockSeconds', limit: 60, spent: 61 },
    });
  });

  it('warns once when 80 % are gone', async () => {
    const m = await startWith({ usd: 0.000_016 });
    for (const number of [1, 2]) {
      await m.reserve(number, 7, { step: number });
      await m.commit(number, number);
    }
    const warned = async () =>
      (await f.eventsOf(m.missionId)).filter((event) => event.includes('budget.warning')).length;
    expect(await warned()).toBe(0);
    await m.reserve(3, 1, { step: 3 });
    await m.reserve(4, 1, { step: 3 });
    expect(await warned()).toBe(1);
  });
});

describe('a mission that waits for a larger budget', () => {
  const waitingFor = { kind: 'budget', detail: {} } as const;
  const ask = { kind: 'budget', step: null, index: null, request: {}, argumentsHash: null, expiresInMs: null } as const;

  it('goes on with what it is answered, where it stopped', async () => {
    const m = await startWith({ usd: 0.0001, steps: 5 });
    await m.reserve(1, 60);
    await m.commit(1, 1);
    expect(await m.reserve(2, 100, { step: 2 })).toMatchObject({ kind: 'exhausted' });
    const park = {
      status: 'waiting',
      code: 'awaiting_budget',
      message: '',
      waitingFor,
      asks: [ask],
      children: [],
      tries: 0,
    };
    await f.db.lease.leave({ ...m.owner, ...park, status: 'waiting' });
    const [open] = await f.db.missions.asks(f.accountId, m.missionId);
    const given = { accountId: f.accountId, missionId: m.missionId, askId: open?.id ?? '', answeredBy: 'test' };
    expect(await f.db.missions.answer({ ...given, answer: { usd: 0.000_107 } })).toMatchObject({ kind: 'answered' });
    expect(await m.budget()).toMatchObject({ microUsd: { limit: 107, spent: 7 }, steps: { limit: 5, spent: 1 } });
    await f.db.lease.claim({ missionId: m.missionId, workerId: await f.newWorker() });
    expect(await m.reserve(1, 100, { step: 2, attempt: 2 })).toEqual({ kind: 'reserved' });
    expect(await violations()).toEqual([]);
  });
});

describe('the children of a mission', () => {
  async function startFamily(children: number) {
    const m = await startWith({ usd: 0.0001, tokens: 1_000, steps: 9 });
    await m.reserve(1, 60);
    await f.db.steps.commitResponse({ ...m.owner, ...respond(1, children), reservation: 1 });
    const park = parkFor({ step: 1, asks: 0, children });
    for (const child of park.children) child.spec = specWith({ onExhausted: 'fail' });
    await f.db.lease.leave({ ...m.owner, ...park });
    return { ...m, ids: park.children.map(({ id }) => id) };
  }
  const budgetOf = async (id: string) => (await f.db.missions.read(f.accountId, id))?.budget;

  /** A child that spends so much, in one step of 15 tokens, and ends. */
  async function play(missionId: string, microUsd: number): Promise<void> {
    const claimed = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
    if (claimed === 'not_ours') throw new Error('not claimed');
    const owner = { missionId, attempt: claimed.attempt };
    const step = respond(1, 0);
    step.response.usage.costMicroUsd = microUsd;
    await f.db.budgets.reserve({ ...owner, number: 1, step: 1, tokens: 15, microUsd });
    await f.db.steps.commitResponse({ ...owner, ...step, reservation: 1 });
    const left = await f.db.lease.leave({ ...owner, status: 'completed', output: '' });
    if (left === 'fenced') throw new Error('fenced');
    await f.db.missions.settle([left]);
  }

  it('share equally what it has left, and what they have spent is gone of it when it goes on', async () => {
    const family = await startFamily(3);
    for (const id of family.ids) {
      expect(await budgetOf(id)).toMatchObject({
        microUsd: { limit: 31 },
        tokens: { limit: 328 },
        steps: { limit: 2 },
        seconds: null,
      });
    }
    expect(await family.budget()).toMatchObject({ microUsd: { limit: 100, spent: 7, reserved: 93 } });
    for (const [index, id] of family.ids.entries()) await play(id, 10 + index);
    expect(await family.budget()).toMatchObject({
      microUsd: { limit: 100, spent: 7 + 10 + 11 + 12, reserved: 0 },
      tokens: { limit: 1_000, spent: 60 },
      steps: { limit: 9, spent: 4 },
    });
    await f.db.lease.claim({ missionId: family.missionId, workerId: await f.newWorker() });
    expect(await family.reserve(1, 61, { attempt: 2 })).toMatchObject({ kind: 'exhausted' });
    expect(await family.reserve(2, 60, { attempt: 2 })).toEqual({ kind: 'reserved' });
    for (const [index] of family.ids.entries()) {
      await f.db.steps.commitToolResult({ ...family.owner, attempt: 2, ...resultOf(1, index) });
    }
    expect(await violations()).toEqual([]);
  });

  it('count for all they were given when they are over before their own children are', async () => {
    const family = await startFamily(1);
    const [missionId = ''] = family.ids;
    const claimed = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
    if (claimed === 'not_ours') throw new Error('not claimed');
    const owner = { missionId, attempt: claimed.attempt };
    await f.db.steps.commitResponse({ ...owner, ...respond(1, 1) });
    const park = parkFor({ step: 1, asks: 0, children: 1 });
    for (const child of park.children) child.spec = specWith({ onExhausted: 'fail' });
    await f.db.lease.leave({ ...owner, ...park });
    const outcome = await f.db.missions.cancel(f.accountId, missionId);
    if (outcome.kind !== 'cancelled') throw new Error(outcome.kind);
    await f.db.missions.settle([outcome.end]);
    expect(await family.budget()).toMatchObject({ microUsd: { limit: 100, spent: 100, reserved: 0 } });
  });
});

it('a retry has the same budget for itself, of which the steps it took over are not spent', async () => {
  const m = await startWith({ usd: 0.0001, steps: 3 });
  await m.reserve(1, 60);
  await f.db.steps.commitResponse({ ...m.owner, ...respond(1, 1), reservation: 1 });
  await f.db.lease.leave({ ...m.owner, status: 'failed', code: 'budget_exhausted', message: '' });
  const id = createId('mission');
  await f.db.missions.copy([{ kind: 'retry', id, sourceId: m.missionId, from: 'last_step' }], {
    accountId: f.accountId,
    once: false,
  });
  expect((await f.db.missions.read(f.accountId, id))?.budget).toMatchObject({
    microUsd: { limit: 100, spent: 0, reserved: 0 },
    steps: { limit: 4, spent: 1 },
  });
});

it.each([
  ['budget_missing', 'DELETE FROM budgets WHERE mission_id = $1'],
  ['budget_reserved_differs', 'UPDATE budgets SET reserved_tokens = reserved_tokens + 1 WHERE mission_id = $1'],
  ['budget_overrun', 'UPDATE budgets SET micro_usd = 50 WHERE mission_id = $1'],
  ['budget_overrun', 'UPDATE budgets SET tokens = 5 WHERE mission_id = $1'],
  ['budget_overrun', 'UPDATE budgets SET steps = 0 WHERE mission_id = $1'],
])('the audit finds %s after %s', async (rule, plant) => {
  const m = await startWith({ usd: 0.0001, tokens: 100, steps: 5 });
  await m.reserve(1, 20);
  await m.commit(1, 1);
  await m.reserve(2, 60, { step: 2 });
  expect(await violations()).not.toContain(rule);
  await f.sql.query(plant, [m.missionId]);
  expect(await violations()).toContain(rule);
  await f.sql.query('DELETE FROM missions WHERE id = $1', [m.missionId]);
});
