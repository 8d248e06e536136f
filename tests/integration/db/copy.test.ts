import { createId, type MissionSpec } from '@flotilla/core';
import type { CopyOutcome, MissionCopy } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, respond, resultOf, violations } from './fixture.ts';

const FAILED = { status: 'failed', code: 'provider_error', message: 'x' } as const;

/** Two steps with tools, the second cut off: one call done, one started, one never begun. Then it failed. */
async function failedMidway(f: Fixture): Promise<string> {
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 1) });
  await f.db.steps.commitToolResult({ ...run, ...resultOf(1, 0) });
  await f.db.steps.commitResponse({ ...run, ...respond(2, 3) });
  await f.db.steps.commitToolResult({ ...run, ...resultOf(2, 0) });
  await f.db.steps.startToolCall({ ...run, step: 2, index: 1 });
  await f.db.lease.leave({ ...run, ...FAILED });
  return run.missionId;
}

/** A step with a tool, and the one that answered. */
async function completed(f: Fixture): Promise<string> {
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 1) });
  await f.db.steps.commitToolResult({ ...run, ...resultOf(1, 0) });
  await f.db.steps.commitResponse({ ...run, ...respond(2, 0) });
  await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  return run.missionId;
}

async function copy(f: Fixture, asked: MissionCopy, once = false): Promise<CopyOutcome | undefined> {
  return (await f.db.missions.copy([asked], { accountId: f.accountId, once }))[0];
}

const retryOf = (sourceId: string, from: 'start' | 'last_step' = 'last_step') =>
  ({ kind: 'retry', id: createId('mission'), sourceId, from }) as const;

const forkOf = (sourceId: string, upTo: number, goal = 'another') => {
  const limits = { maxSteps: 10, maxOutputTokens: 100 };
  const spec: MissionSpec = { goal, model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits };
  return { kind: 'fork', id: createId('mission'), sourceId, upTo, spec } as const;
};

async function statusesOf(f: Fixture, missionId: string): Promise<string[]> {
  const steps = await f.db.steps.read({ missionId, after: 0, limit: 10 });
  return steps.map((step) => `${step.number}@${step.attempt} ${step.toolCalls.map((call) => call.status).join(' ')}`);
}

describe('a retry from the last step', () => {
  it('goes on where the mission broke off, and is not charged again for what it copied', async () => {
    await using f = await createFixture();
    const asked = retryOf(await failedMidway(f));
    expect(await copy(f, asked)).toMatchObject({ kind: 'copied', bell: { missionId: asked.id, rings: 1 } });
    expect(await statusesOf(f, asked.id)).toEqual(['1@0 completed', '2@0 completed started pending']);
    expect(await f.db.missions.read(f.accountId, asked.id)).toMatchObject({
      status: 'queued',
      retryOf: asked.sourceId,
      stepCount: 2,
      attempt: 0,
      usage: { inputTokens: 0, costMicroUsd: 0 },
    });
    expect(await f.eventsOf(asked.id)).toEqual(['1 mission.queued']);
    expect(await violations(f)).toEqual([]);

    const workerId = await f.newWorker();
    const claimed = await f.db.lease.claim({ missionId: asked.id, workerId });
    if (claimed === 'not_ours') throw new Error('the claim failed');
    const run = { missionId: asked.id, attempt: claimed.attempt };
    await f.db.steps.commitToolResult({ ...run, ...resultOf(2, 1, 'outcome unknown') });
    await f.db.steps.startToolCall({ ...run, step: 2, index: 2 });
    await f.db.steps.commitToolResult({ ...run, ...resultOf(2, 2) });
    await f.db.steps.commitResponse({ ...run, ...respond(3, 0) });
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    expect(await f.db.missions.read(f.accountId, asked.id)).toMatchObject({
      status: 'completed',
      stepCount: 3,
      usage: { inputTokens: 10, costMicroUsd: 7 },
    });
    expect((await f.eventsOf(asked.id)).map((event) => event.split(' ')[1])).toEqual([
      'mission.queued',
      'mission.started',
      'tool_call.completed',
      'tool_call.started',
      'tool_call.completed',
      'step.completed',
      'step.completed',
      'mission.completed',
    ]);
    expect(await violations(f)).toEqual([]);
  });

  it('asks the model again for the answer that ended a mission, and a chain for its last role’s', async () => {
    await using f = await createFixture();
    const asked = retryOf(await completed(f));
    await copy(f, asked);
    expect(await statusesOf(f, asked.id)).toEqual(['1@0 completed']);

    const chained = await completed(f);
    const stage = { name: 'a', model: 'sim/load', instructions: 'x', tools: [] };
    const ofChain = async (chainStage: number) => {
      await f.sql.query(`UPDATE missions SET spec = spec || $2 WHERE id = $1`, [chained, { chain: [stage, stage] }]);
      await f.sql.query(`UPDATE steps SET chain_stage = $2 WHERE mission_id = $1 AND number = 2`, [
        chained,
        chainStage,
      ]);
      const again = retryOf(chained);
      await copy(f, again);
      return {
        stage: (await f.db.missions.read(f.accountId, again.id))?.chainStage,
        steps: await statusesOf(f, again.id),
      };
    };
    // Of the first of two roles, an answer is not the end but what the second begins with.
    expect(await ofChain(0)).toEqual({ stage: 0, steps: ['1@0 completed', '2@0 '] });
    expect(await ofChain(1)).toEqual({ stage: 0, steps: ['1@0 completed'] });
  });

  it('asks a role that is not the last again for the answer that was still not valid when it was mended', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    const stage = { name: 'a', model: 'sim/load', instructions: 'x', tools: [] };
    const chain = [{ ...stage, outputSchema: { type: 'number' } }, stage];
    await f.sql.query(`UPDATE missions SET spec = spec || $2 WHERE id = $1`, [run.missionId, { chain }]);
    await f.db.steps.commitResponse({ ...run, ...respond(1, 0) });
    await f.db.steps.commitResponse({ ...run, ...respond(2, 0) });
    await f.db.lease.leave({ ...run, status: 'failed', code: 'output_invalid', message: 'x' });
    const asked = retryOf(run.missionId);
    await copy(f, asked);
    expect(await statusesOf(f, asked.id)).toEqual(['1@0 ']);
    expect(await copy(f, forkOf(run.missionId, 2))).toEqual({ kind: 'ends_there' });
    expect(await violations(f)).toEqual([]);
  });

  it('from the start copies nothing', async () => {
    await using f = await createFixture();
    const asked = retryOf(await failedMidway(f), 'start');
    await copy(f, asked);
    expect(await statusesOf(f, asked.id)).toEqual([]);
    expect(await f.db.missions.read(f.accountId, asked.id)).toMatchObject({ stepCount: 0, tags: [], priority: 5 });
  });

  it('is refused for what has not ended, what is another account’s, and, where asked, what was retried', async () => {
    await using f = await createFixture();
    const { missionId } = await f.newRunning();
    expect(await copy(f, retryOf(missionId))).toEqual({ kind: 'not_ended', status: 'running' });
    const failed = await failedMidway(f);
    const [foreign] = await f.db.missions.copy([retryOf(failed)], { accountId: 'acc_other', once: false });
    expect(foreign).toEqual({ kind: 'not_found' });
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => copy(f, retryOf(failed), true)));
    expect(outcomes.map((outcome) => outcome?.kind ?? '').toSorted()).toEqual([
      'copied',
      'retried',
      'retried',
      'retried',
    ]);
    expect((await copy(f, retryOf(failed)))?.kind).toBe('copied');
  });

  it('does not inherit a deadline that has passed, and keeps one that has not', async () => {
    await using f = await createFixture();
    const failed = await failedMidway(f);
    const deadlineOf = async (interval: string) => {
      await f.sql.query(`UPDATE missions SET deadline_at = now() + $2::interval WHERE id = $1`, [failed, interval]);
      const asked = retryOf(failed);
      await copy(f, asked);
      return (await f.db.missions.read(f.accountId, asked.id))?.deadlineAt;
    };
    expect(await deadlineOf('-1 s')).toBeNull();
    expect(await deadlineOf('1 h')).toBeInstanceOf(Date);
  });
});

describe('a fork', () => {
  it('goes off after a step, with another spec, also from a mission that runs', async () => {
    await using f = await createFixture();
    const asked = forkOf(await failedMidway(f), 1);
    await copy(f, asked);
    expect(await statusesOf(f, asked.id)).toEqual(['1@0 completed']);
    expect(await f.db.missions.read(f.accountId, asked.id)).toMatchObject({
      forkedFrom: asked.sourceId,
      retryOf: null,
      spec: { goal: 'another' },
    });
    const run = await f.newRunning();
    await f.db.steps.commitResponse({ ...run, ...respond(1, 2) });
    const early = forkOf(run.missionId, 1);
    await copy(f, early);
    expect(await statusesOf(f, early.id)).toEqual(['1@0 pending pending']);
    expect(await violations(f)).toEqual([]);
  });

  it('is refused at steps that are not there, and at the one that ended the mission', async () => {
    await using f = await createFixture();
    const ended = await completed(f);
    expect(await copy(f, forkOf(ended, 3))).toEqual({ kind: 'no_such_step', stepCount: 2 });
    expect(await copy(f, forkOf(ended, 2))).toEqual({ kind: 'ends_there' });
    expect((await copy(f, forkOf(ended, 0)))?.kind).toBe('copied');
  });
});

it('a copied call has the whole output of its original', async () => {
  await using f = await createFixture();
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 2) });
  await f.db.steps.commitToolResult({ ...run, ...resultOf(1, 0), fullOutput: 'x'.repeat(50_000) });
  await f.db.lease.leave({ ...run, ...FAILED });
  const asked = retryOf(run.missionId);
  await copy(f, asked);
  expect(await f.db.steps.readOutput({ missionId: asked.id, of: null, step: 1, index: 0 })).toHaveLength(50_000);
});

it('a copy has the summaries of the steps that it has copied, and no others', async () => {
  await using f = await createFixture();
  const run = await f.newRunning();
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 1 };
  for (const number of [1, 2, 3]) {
    const summary = { step: number, chainStage: 0, upToStep: number - 1, text: `before ${number}` };
    await f.db.steps.commitSummary({ ...run, summary, response: { provider: 'sim', model: 's', usage } });
    await f.db.steps.commitResponse({ ...run, ...respond(number, 1) });
    await f.db.steps.commitToolResult({ ...run, ...resultOf(number, 0) });
  }
  await f.db.lease.leave({ ...run, ...FAILED });
  const summaryOf = async (asked: MissionCopy) => {
    await copy(f, asked);
    const { rows } = await f.sql.query('SELECT text FROM summaries WHERE mission_id = $1 ORDER BY step_number', [
      asked.id,
    ]);
    return rows.map(({ text }) => text);
  };
  expect(await summaryOf(retryOf(run.missionId))).toEqual(['before 1', 'before 2', 'before 3']);
  // The third was made of steps 1 and 2, which the fork has.
  expect(await summaryOf(forkOf(run.missionId, 2))).toEqual(['before 1', 'before 2', 'before 3']);
  expect(await summaryOf(forkOf(run.missionId, 1))).toEqual(['before 1', 'before 2']);
  expect(await summaryOf(retryOf(run.missionId, 'start'))).toEqual([]);
  expect(await violations(f)).toEqual([]);
});
