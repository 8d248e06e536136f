import { type Ask, createId } from '@flotilla/core';
import type { Park } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, respond } from './fixture.ts';

const question = (index: number, more: Partial<Ask> = {}): Ask => ({
  kind: 'input',
  step: 1,
  index,
  request: { question: `question ${index}` },
  argumentsHash: null,
  expiresInMs: null,
  ...more,
});
const spec = {
  goal: 'child',
  model: 'sim/load',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: { maxSteps: 5, maxOutputTokens: 100 },
};
const child = (index: number) => ({ id: createId('mission'), step: 1, index, spec });

function park(more: Partial<Park>): Park {
  const waitingFor = { kind: 'input' as const, detail: {} };
  return { status: 'waiting', code: 'input', message: 'x', waitingFor, asks: [], children: [], tries: 0, ...more };
}

/** A running mission with an open step of four calls, parked. */
async function newParked(f: Fixture, more: Partial<Park>) {
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 4) });
  const left = await f.db.lease.leave({ ...run, ...park(more) });
  return { ...run, left };
}

const by = { answeredBy: 'test' };
const runs = async (f: Fixture) => (await f.sql.query('SELECT running FROM accounts')).rows[0]?.running;

describe('a parked mission', () => {
  it('gives its slot up, and goes on with the last of its answers', async () => {
    await using f = await createFixture();
    const { missionId } = await newParked(f, { asks: [question(0), question(1)] });
    expect([await f.statusOf(missionId), await runs(f)]).toEqual(['waiting', 0]);
    const asks = await f.db.missions.asks(f.accountId, missionId);
    expect(asks.map(({ kind, step, index }) => [kind, step, index])).toEqual([
      ['input', 1, 0],
      ['input', 1, 1],
    ]);
    const [one, two] = asks.map(({ id }) => ({ accountId: f.accountId, missionId, askId: id, ...by }));
    if (!one || !two) throw new Error('two asks were expected');
    expect(await f.db.missions.answer({ ...two, answer: 'second' })).toEqual({ kind: 'answered', bell: null });
    expect(await f.db.missions.answer({ ...two, answer: 'again' })).toEqual({ kind: 'answered_already' });
    expect(await f.statusOf(missionId)).toBe('waiting');
    expect(await f.db.missions.answer({ ...one, answer: 'first' })).toMatchObject({ bell: { missionId, rings: 2 } });
    expect(await f.statusOf(missionId)).toBe('queued');
    expect(await f.db.missions.answersOf(missionId, 1)).toEqual(
      expect.arrayContaining([
        { kind: 'input', step: 1, index: 0, answer: 'first', expired: false, argumentsHash: null },
        { kind: 'input', step: 1, index: 1, answer: 'second', expired: false, argumentsHash: null },
      ]),
    );
    expect(await f.eventsOf(missionId)).toEqual([
      '1 mission.queued',
      '2 mission.started',
      '3 mission.waiting',
      '4 mission.resumed',
    ]);
  });

  it('asks anew where a call waits again, and has of each call the child that it started first', async () => {
    await using f = await createFixture();
    const first = child(1);
    const asked = [question(0, { request: { question: 'first' } })];
    const { missionId } = await newParked(f, { asks: asked, children: [first] });
    const [ask] = await f.db.missions.asks(f.accountId, missionId);
    await f.db.missions.answer({ accountId: f.accountId, missionId, askId: ask?.id ?? '', answer: 'no', ...by });
    await f.db.missions.settle([await f.complete(first.id, await f.newWorker())]);
    const again = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
    if (again === 'not_ours') throw new Error('the claim failed');
    const anew = [question(0, { request: { question: 'second' } })];
    const left = await f.db.lease.leave({
      missionId,
      attempt: again.attempt,
      ...park({ asks: anew, children: [child(1)] }),
    });
    expect(left).not.toBe('fenced');
    expect(await f.db.missions.asks(f.accountId, missionId)).toMatchObject([{ request: { question: 'second' } }]);
    expect(await f.db.missions.answersOf(missionId, 1)).toMatchObject([{ kind: 'children', index: 1 }]);
    const { rows } = await f.sql.query('SELECT id FROM missions WHERE parent_mission_id = $1', [missionId]);
    expect(rows).toEqual([{ id: first.id }]);
  });

  it('is told at each of its steps what those said who were asked to approve an earlier one', async () => {
    await using f = await createFixture();
    const { missionId } = await newParked(f, { asks: [question(0), question(1, { kind: 'approval' })] });
    const said = { decision: 'rejected', message: 'use https://ours.example/pay' };
    for (const { id, kind } of await f.db.missions.asks(f.accountId, missionId)) {
      const answer = kind === 'approval' ? said : 'x';
      await f.db.missions.answer({ accountId: f.accountId, missionId, askId: id, answer, ...by });
    }
    expect(await f.db.missions.answersOf(missionId, 1)).toHaveLength(2);
    expect(await f.db.missions.answersOf(missionId, 2)).toMatchObject([{ kind: 'approval', step: 1, answer: said }]);
  });

  it('goes on once, of many answers that come at the same time', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const { missionId } = await newParked(f, { asks: [0, 1, 2, 3].map((index) => question(index)) });
    const asks = await f.db.missions.asks(f.accountId, missionId);
    const answers = [...asks, ...asks, ...asks].map(({ id }, index) =>
      (index % 2 ? f.db : other.db).missions.answer({
        accountId: f.accountId,
        missionId,
        askId: id,
        answer: index,
        ...by,
      }),
    );
    const outcomes = await Promise.all(answers);
    expect(outcomes.filter(({ kind }) => kind === 'answered')).toHaveLength(4);
    expect(outcomes.filter((outcome) => outcome.kind === 'answered' && outcome.bell)).toHaveLength(1);
    expect(await f.statusOf(missionId)).toBe('queued');
  });

  it('tells of approvals that are asked for and decided, in the gapless order of its events', async () => {
    await using f = await createFixture();
    const asks = [question(0, { kind: 'approval', argumentsHash: 'h' }), question(1, { kind: 'approval' })];
    const { missionId } = await newParked(f, { asks });
    for (const { id } of await f.db.missions.asks(f.accountId, missionId)) {
      await f.db.missions.answer({
        accountId: f.accountId,
        missionId,
        askId: id,
        answer: { decision: 'approve' },
        ...by,
      });
    }
    expect((await f.eventsOf(missionId)).slice(2)).toEqual([
      '3 mission.waiting',
      '4 approval.requested',
      '5 approval.requested',
      '6 approval.decided',
      '7 approval.decided',
      '8 mission.resumed',
    ]);
  });

  it('belongs to its account: nobody else answers it, and nothing it did not ask is answered', async () => {
    await using f = await createFixture();
    const { missionId } = await newParked(f, { asks: [question(0)] });
    const [ask] = await f.db.missions.asks(f.accountId, missionId);
    const answer = { missionId, askId: ask?.id ?? '', answer: 'x', ...by };
    expect(await f.db.missions.answer({ ...answer, accountId: 'acc_other' })).toEqual({ kind: 'not_found' });
    expect(await f.db.missions.answer({ ...answer, accountId: f.accountId, askId: 'ans_x' })).toEqual({
      kind: 'no_such_ask',
    });
    expect(await f.db.missions.asks('acc_other', missionId)).toEqual([]);
    await f.db.missions.cancel(f.accountId, missionId);
    expect(await f.db.missions.answer({ ...answer, accountId: f.accountId })).toEqual({
      kind: 'ended',
      status: 'cancelled',
    });
  });

  it('goes on when nobody answers in time, and a late answer is refused', async () => {
    await using f = await createFixture();
    const { missionId } = await newParked(f, { asks: [question(0, { expiresInMs: 0 }), question(1)] });
    const [late, open] = await f.db.missions.asks(f.accountId, missionId);
    const given = (askId = '') => ({ accountId: f.accountId, missionId, askId, answer: 'x', ...by });
    expect(await f.db.missions.answer(given(late?.id))).toEqual({ kind: 'expired' });
    expect(await f.db.sweep.expireAnswers()).toEqual([]);
    expect(await f.db.missions.answer(given(late?.id))).toEqual({ kind: 'expired' });
    expect(await f.db.missions.answer(given(open?.id))).toMatchObject({ bell: { missionId } });
    expect(await f.db.missions.answersOf(missionId, 1)).toContainEqual({
      kind: 'input',
      step: 1,
      index: 0,
      answer: null,
      expired: true,
      argumentsHash: null,
    });
  });

  it('that was paused meanwhile lies queued with its answer, and is rung by its resume', async () => {
    await using f = await createFixture();
    const { missionId } = await newParked(f, { asks: [question(0)] });
    await f.db.missions.pause(f.accountId, missionId);
    const [ask] = await f.db.missions.asks(f.accountId, missionId);
    const answer = { accountId: f.accountId, missionId, askId: ask?.id ?? '', answer: 'x', ...by };
    expect(await f.db.missions.answer(answer)).toEqual({ kind: 'answered', bell: null });
    expect(await f.statusOf(missionId)).toBe('queued');
    expect(await f.db.missions.resume(f.accountId, missionId)).toMatchObject({ bell: { missionId } });
  });

  it('is cancelled instead, if that was committed first, and asks nothing', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.cancel(f.accountId, run.missionId);
    const left = await f.db.lease.leave({ ...run, ...park({ asks: [question(0)], children: [child(1)] }) });
    expect(left).toMatchObject({ status: 'cancelled' });
    expect((await f.sql.query('SELECT count(*)::int AS n FROM missions')).rows).toEqual([{ n: 1 }]);
    expect((await f.sql.query('SELECT count(*)::int AS n FROM answers')).rows).toEqual([{ n: 0 }]);
  });
});

describe('a mission with children', () => {
  it('waits for the last of them, also when two last ones end in two batches at once', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const workerId = await f.newWorker();
    for (let round = 0; round < 20; round++) {
      const children = [child(0), child(1)];
      const { missionId } = await newParked(f, { waitingFor: { kind: 'children', detail: {} }, children });
      const claimed = await Promise.all(children.map(({ id }) => f.db.lease.claim({ missionId: id, workerId })));
      const rung = await Promise.all(
        claimed.map(async (run, index) => {
          if (run === 'not_ours') throw new Error('a child was not claimed');
          expect(run).toMatchObject({ depth: 1, spec: { goal: 'child' } });
          const db = index === 0 ? f.db : other.db;
          const left = await db.lease.leave({
            missionId: run.id,
            attempt: run.attempt,
            status: 'completed',
            output: `${index}`,
          });
          return left === 'fenced' ? [] : (await db.missions.settle([left])).bells;
        }),
      );
      expect(rung.flat().map((bell) => bell.missionId)).toEqual([missionId]);
      expect(await f.statusOf(missionId)).toBe('queued');
      const answers = await f.db.missions.answersOf(missionId, 1);
      expect(answers.map(({ index, answer }) => [index, answer])).toEqual(
        expect.arrayContaining([
          [0, expect.objectContaining({ status: 'completed', output: '0' })],
          [1, expect.objectContaining({ status: 'completed', output: '1' })],
        ]),
      );
    }
  });

  it.each(['child', 'answer'])('and a question waits for both, the %s first', async (first) => {
    await using f = await createFixture();
    const workerId = await f.newWorker();
    const started = child(1);
    const { missionId } = await newParked(f, { asks: [question(0)], children: [started] });
    const [ask] = await f.db.missions.asks(f.accountId, missionId);
    async function answer() {
      const given = { accountId: f.accountId, missionId, askId: ask?.id ?? '', answer: 'x', ...by };
      const outcome = await f.db.missions.answer(given);
      return outcome.kind === 'answered' && outcome.bell ? [outcome.bell] : [];
    }
    const endChild = async () => (await f.db.missions.settle([await f.complete(started.id, workerId)])).bells;
    const [earlier, later] = first === 'child' ? [endChild, answer] : [answer, endChild];
    expect(await earlier()).toEqual([]);
    expect(await later()).toMatchObject([{ missionId }]);
  });

  it('takes them along when it is cancelled, with theirs', async () => {
    await using f = await createFixture();
    const workerId = await f.newWorker();
    const [running, waiting] = [child(0), child(1)];
    const { missionId } = await newParked(f, { children: [running, waiting] });
    await f.db.lease.claim({ missionId: running.id, workerId });
    const run = await f.db.lease.claim({ missionId: waiting.id, workerId });
    if (run === 'not_ours') throw new Error('the child was not claimed');
    const grandchild = child(0);
    await f.db.lease.leave({ missionId: run.id, attempt: run.attempt, ...park({ children: [grandchild] }) });
    const outcome = await f.db.missions.cancel(f.accountId, missionId);
    if (outcome.kind !== 'cancelled') throw new Error('it was waiting');
    const aftermath = await f.db.missions.settle([outcome.end]);
    expect(aftermath.toStop).toEqual([running.id]);
    expect(await f.statusOf(waiting.id)).toBe('cancelled');
    expect(await f.statusOf(grandchild.id)).toBe('cancelled');
    expect(await f.statusOf(running.id)).toBe('running');
  });

  it('is woken, and left children are cancelled, by the sweep when a crash came in between', async () => {
    await using f = await createFixture();
    const workerId = await f.newWorker();
    const [ended, left] = [child(0), child(0)];
    const { missionId } = await newParked(f, { children: [ended] });
    const run = await f.db.lease.claim({ missionId: ended.id, workerId });
    if (run === 'not_ours') throw new Error('the child was not claimed');
    await f.db.lease.leave({ missionId: run.id, attempt: run.attempt, status: 'completed', output: '' });
    const other = await newParked(f, { children: [left] });
    await f.db.missions.cancel(f.accountId, other.missionId);
    expect(await f.db.sweep.settleFamilies()).toMatchObject({ bells: [{ missionId }] });
    expect(await f.statusOf(left.id)).toBe('cancelled');
    expect(await f.db.sweep.settleFamilies()).toEqual({ bells: [], deliveryIds: [], toStop: [], cancelled: [] });
  });
});
