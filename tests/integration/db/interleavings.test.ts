import { type Ask, createId } from '@flotilla/core';
import type { Park } from '@flotilla/db';
import { describe, expect, it, vi } from 'vitest';
import { createFixture, type Fixture, respond } from './fixture.ts';

const spec = {
  goal: 'child',
  model: 'sim/load',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: { maxSteps: 5, maxOutputTokens: 100 },
};
const question: Ask = { kind: 'input', step: 1, index: 0, request: {}, argumentsHash: null, expiresInMs: null };
const newChild = () => ({ id: createId('mission'), step: 1, index: 1, spec });
const park = (more: Partial<Park>): Park => ({
  status: 'waiting',
  code: 'awaiting_input',
  message: 'x',
  waitingFor: { kind: 'input', detail: {} },
  asks: [],
  children: [],
  tries: 0,
  ...more,
});
const release = (code: string, afterMs = 0) => ({ status: 'queued', code, message: code, afterMs, tries: 0 }) as const;

async function codeOf(f: Fixture, missionId: string): Promise<string | null> {
  return (await f.db.missions.read(f.accountId, missionId))?.statusReason?.code ?? null;
}

async function claimAgain(f: Fixture, missionId: string) {
  const claimed = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
  if (claimed === 'not_ours') throw new Error('it should have been claimed');
  return { missionId, attempt: claimed.attempt };
}

describe('a mission that is paused while it runs', () => {
  it('and resumed before it handed over goes straight on: it neither lies there as paused nor without a bell', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.pause(f.accountId, run.missionId);
    expect(await f.db.missions.resume(f.accountId, run.missionId)).toEqual({ kind: 'resumed', bell: null });
    expect(await f.db.lease.leave({ ...run, ...release('paused') })).toMatchObject({ status: 'queued', code: null });
    expect(await codeOf(f, run.missionId)).toBeNull();
  });

  it.each(['draining', 'retry_backoff'])('and leaves for another reason (%s) says that it is paused', async (code) => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.pause(f.accountId, run.missionId);
    expect(await f.db.lease.leave({ ...run, ...release(code) })).toMatchObject({ code: 'paused' });
    expect(await codeOf(f, run.missionId)).toBe('paused');
  });

  it('says so when its worker died with it, too', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.pause(f.accountId, run.missionId);
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second'`);
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ status: 'queued', code: 'paused' }]);
    expect(await codeOf(f, run.missionId)).toBe('paused');
  });
});

it('a mission that is resumed before its moment says again what it waits for', async () => {
  await using f = await createFixture();
  const later = await f.newMission({ startAt: new Date(Date.now() + 3_600_000) });
  const run = await f.newRunning();
  await f.db.lease.leave({ ...run, ...release('rate_limited', 3_600_000) });
  for (const missionId of [later, run.missionId]) {
    await f.db.missions.pause(f.accountId, missionId);
    expect(await codeOf(f, missionId)).toBe('paused');
    await f.db.missions.resume(f.accountId, missionId);
  }
  expect(await codeOf(f, later)).toBe('delayed');
  expect(await codeOf(f, run.missionId)).toBe('retry_backoff');
});

describe('a mission that waits for several things', () => {
  it.each(['answer', 'expiry'])('says what it still waits for after each %s', async (how) => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.steps.commitResponse({ ...run, ...respond(1, 3) });
    const child = { ...newChild(), index: 2 };
    const approval: Ask = { ...question, kind: 'approval', request: { tool: 'pay' } };
    const asks = [approval, { ...question, index: 1 }];
    await f.db.lease.leave({ ...run, ...park({ asks, children: [child], code: 'awaiting_approval' }) });
    const seen: unknown[] = [];
    for (const { id } of await f.db.missions.asks(f.accountId, run.missionId)) {
      if (how === 'answer') {
        const given = { accountId: f.accountId, missionId: run.missionId, askId: id, answeredBy: 'test' };
        await f.db.missions.answer({ ...given, answer: { decision: 'approved' } });
      } else {
        await f.sql.query(`UPDATE answers SET expires_at = now() WHERE id = $1`, [id]);
        await f.db.sweep.expireAnswers();
      }
      const mission = await f.db.missions.read(f.accountId, run.missionId);
      if (mission?.status !== 'waiting') throw new Error('it should still wait');
      seen.push([mission.statusReason.code, mission.waitingFor]);
    }
    const input = { kind: 'input', detail: { step: 1, index: 1, request: {}, pending: 2 } };
    expect(seen).toEqual([
      ['awaiting_input', input],
      ['awaiting_children', { kind: 'children', detail: { missionIds: [child.id], pending: 1 } }],
    ]);
  });
});

describe('a paused pool', () => {
  it('is why its missions wait, as long as nothing of their own holds them back', async () => {
    await using f = await createFixture();
    const [due, later] = [await f.newMission(), await f.newMission({ startAt: new Date(Date.now() + 3_600_000) })];
    await f.db.pools.setPaused({ name: 'default', paused: true });
    const listed = await f.db.missions.list({ accountId: f.accountId, before: null, limit: 10 });
    expect(new Map(listed.map(({ id, statusReason }) => [id, statusReason?.message]))).toEqual(
      new Map([
        [due, 'an operator paused its pool'],
        [later, 'it is to start later'],
      ]),
    );
    await f.db.pools.setPaused({ name: 'default', paused: false });
    expect(await codeOf(f, due)).toBeNull();
  });

  it('is judged by the database’s clock, however wrong that of whoever asks is', async () => {
    await using f = await createFixture();
    const [due, later] = [await f.newMission(), await f.newMission({ startAt: new Date(Date.now() + 600_000) })];
    await f.db.pools.setPaused({ name: 'default', paused: true });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    try {
      expect(await codeOf(f, later)).toBe('delayed');
      const mission = await f.db.missions.read(f.accountId, due);
      expect(mission?.status === 'queued' && mission.dueForMs).toBeLessThan(600_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes no wake of an account’s free slot away from another pool', async () => {
    await using f = await createFixture();
    await f.db.pools.create('slow');
    await f.db.accounts.setLimits({ accountId: f.accountId, maxRunning: 1 });
    const run = await f.newRunning();
    const held = await f.newMission({ pool: 'slow', priority: 1 });
    const other = await f.newMission();
    for (const missionId of [held, other]) await f.db.lease.claim({ missionId, workerId: run.workerId });
    expect(await codeOf(f, other)).toBe('account_limit');
    await f.db.pools.setPaused({ name: 'slow', paused: true });
    await f.db.lease.leave({ missionId: run.missionId, attempt: 1, status: 'completed', output: '' });
    expect(await f.db.lease.wake([f.accountId])).toMatchObject([{ missionId: other }]);
  });
});

describe('a mission that parks again for the same call', () => {
  it('asks again, and goes on with the new answer', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.steps.commitResponse({ ...run, ...respond(1, 2) });
    await f.db.lease.leave({ ...run, ...park({ asks: [question] }) });
    for (const answer of ['first', 'second']) {
      const [ask, ...more] = await f.db.missions.asks(f.accountId, run.missionId);
      expect(more).toEqual([]);
      const given = { accountId: f.accountId, missionId: run.missionId, askId: ask?.id ?? '', answeredBy: 'test' };
      expect(await f.db.missions.answer({ ...given, answer })).toMatchObject({ bell: { missionId: run.missionId } });
      const again = await claimAgain(f, run.missionId);
      expect(await f.db.missions.answersOf(run.missionId, 1)).toMatchObject([{ answer }]);
      if (answer === 'first') await f.db.lease.leave({ ...again, ...park({ asks: [question] }) });
    }
  });

  it('waits for the child it has started before, and counts it once', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.steps.commitResponse({ ...run, ...respond(1, 2) });
    const child = newChild();
    await f.db.lease.leave({ ...run, ...park({ children: [child] }) });
    // As if it had been woken too early: nothing does that, and nothing may be lost if something did.
    await f.sql.query(`UPDATE missions SET status = 'queued', waiting_for = NULL, status_code = NULL WHERE id = $1`, [
      run.missionId,
    ]);
    const again = await claimAgain(f, run.missionId);
    await f.db.lease.leave({ ...again, ...park({ children: [newChild()] }) });
    const { rows } = await f.sql.query(`SELECT child_count FROM missions WHERE id = $1`, [run.missionId]);
    expect(rows).toEqual([{ child_count: 1 }]);
    const workerId = await f.newWorker();
    const { bells } = await f.db.missions.settle([await f.complete(child.id, workerId)]);
    expect(bells).toMatchObject([{ missionId: run.missionId }]);
  });
});

it('a child that is cancelled because its parent ended says so, waiting or running, and is told to be counted', async () => {
  await using f = await createFixture();
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 3) });
  const [queued, running] = [newChild(), { ...newChild(), index: 2 }];
  await f.db.lease.leave({ ...run, ...park({ children: [queued, running] }) });
  const childRun = await claimAgain(f, running.id);
  const outcome = await f.db.missions.cancel(f.accountId, run.missionId);
  if (outcome.kind !== 'cancelled') throw new Error('it was waiting');
  expect(await codeOf(f, run.missionId)).toBe('cancelled_by_client');
  const { cancelled, toStop } = await f.db.missions.settle([outcome.end]);
  expect(cancelled).toEqual([{ pool: 'default', code: 'parent_ended' }]);
  expect(toStop).toEqual([running.id]);
  expect(await codeOf(f, queued.id)).toBe('parent_ended');
  expect(await f.db.lease.leave({ ...childRun, ...release('draining') })).toMatchObject({ code: 'parent_ended' });
  expect(await codeOf(f, running.id)).toBe('parent_ended');
});
