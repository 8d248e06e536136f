import { describe, expect, it } from 'vitest';
import { createFixture, respond, resultOf } from './fixture.ts';

describe('the life of a mission', () => {
  it('leaves a gapless journal, its usage summed, and one delivery for its end', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    const owner = { missionId, attempt };

    expect(await f.db.steps.commitResponse({ ...owner, ...respond(1, 2) })).toBe('committed');
    expect(await f.db.steps.startToolCall({ ...owner, step: 1, index: 0 })).toBe('committed');
    expect(await f.db.steps.commitToolResult({ ...owner, ...resultOf(1, 1) })).toBe('committed');
    expect(await f.db.steps.commitToolResult({ ...owner, ...resultOf(1, 0) })).toBe('committed');
    expect(await f.db.steps.commitResponse({ ...owner, ...respond(2, 0) })).toBe('committed');
    const left = await f.db.lease.leave({ ...owner, status: 'completed', output: 'done' });

    expect(left).toMatchObject({ status: 'completed', deliveryIds: [expect.stringMatching(/^dlv_[0-9a-f]{32}$/)] });
    expect(await f.eventsOf(missionId)).toEqual([
      '1 mission.queued',
      '2 mission.started',
      '3 tool_call.started',
      '4 tool_call.completed',
      '5 tool_call.completed',
      '6 step.completed',
      '7 step.completed',
      '8 mission.completed',
    ]);
    const mission = await f.db.missions.read(f.accountId, missionId);
    expect(mission).toMatchObject({
      status: 'completed',
      output: 'done',
      stepCount: 2,
      usage: { inputTokens: 20, outputTokens: 10, cachedInputTokens: 4, costMicroUsd: 14 },
      webhook: { endpointId: f.endpointId, url: 'https://receiver.example/hook', isEnabled: true },
    });
    const steps = await f.db.steps.read({ missionId, after: 0, limit: 10 });
    expect(steps.map((step) => [step.number, step.completedAt !== null])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(steps[0]?.toolCalls.map((call) => [call.index, call.status, call.result?.content])).toEqual([
      [0, 'completed', 'result 0'],
      [1, 'completed', 'result 1'],
    ]);
  });

  it('is claimed once, however many ask at the same time', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    const workers = await Promise.all(Array.from({ length: 20 }, () => f.newWorker()));
    const outcomes = await Promise.all(workers.map((workerId) => f.db.lease.claim({ missionId, workerId })));
    expect(outcomes.filter((outcome) => outcome !== 'not_ours')).toHaveLength(1);
  });

  it('does not go to a worker whose lease has run out, nor before it is due', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    const workerId = await f.newWorker();
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second'`);
    expect(await f.db.lease.claim({ missionId, workerId })).toBe('not_ours');
    await f.sql.query(`UPDATE missions SET run_after = now() + interval '1 hour'`);
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toBe('not_ours');
    await f.sql.query(`UPDATE missions SET run_after = now()`);
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toMatchObject({ attempt: 1 });
  });

  it('that was released is claimed again with a higher attempt, its tries kept, after its wait', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    const release = { status: 'queued', code: 'retry_backoff', message: 'later', afterMs: 60_000, tries: 2 } as const;
    expect(await f.db.lease.leave({ missionId, attempt, ...release })).toMatchObject({
      status: 'queued',
      deliveryIds: [],
    });
    expect(await f.db.missions.read(f.accountId, missionId)).toMatchObject({ statusReason: { code: 'retry_backoff' } });
    const workerId = await f.newWorker();
    expect(await f.db.lease.claim({ missionId, workerId })).toBe('not_ours');
    await f.sql.query('UPDATE missions SET run_after = now()');
    expect(await f.db.lease.claim({ missionId, workerId })).toMatchObject({ attempt: attempt + 1, tries: 2 });
  });

  it('cannot leave its end: the table itself refuses', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    await f.db.lease.leave({ missionId, attempt, status: 'failed', code: 'max_steps', message: 'too many' });
    await expect(
      f.sql.query(`UPDATE missions SET status = 'queued', finished_at = NULL WHERE id = $1`, [missionId]),
    ).rejects.toThrow('has ended as failed');
  });

  it('keeps a cost unknown once one of its calls had no price', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    const priced = respond(1, 1);
    const unpriced = respond(2, 0);
    unpriced.response.usage.costMicroUsd = null;
    await f.db.steps.commitResponse({ missionId, attempt, ...priced });
    await f.db.steps.commitResponse({ missionId, attempt, ...unpriced });
    const mission = await f.db.missions.read(f.accountId, missionId);
    expect(mission?.usage.costMicroUsd).toBeNull();
    const { rows } = await f.sql.query('SELECT step_number, cost_micro_usd FROM usage_records ORDER BY 1');
    expect(rows).toEqual([
      { step_number: 1, cost_micro_usd: '7' },
      { step_number: 2, cost_micro_usd: null },
    ]);
  });
});

describe('reading', () => {
  it('shows an account its own missions only, newest first, page by page', async () => {
    await using f = await createFixture();
    const ids = [await f.newMission(), await f.newMission(), await f.newMission()];
    const stranger = await f.db.accounts.create({
      name: 'other',
      tier: 'free',
      maxRunning: 1,
      webhookSecret: 'sealed',
    });
    const first = await f.db.missions.list({ accountId: f.accountId, before: null, limit: 2 });
    const second = await f.db.missions.list({ accountId: f.accountId, before: first.at(-1)?.id ?? '', limit: 2 });
    expect([...first, ...second].map((mission) => mission.id)).toEqual(ids.toReversed());
    expect(await f.db.missions.list({ accountId: stranger.id, before: null, limit: 10 })).toEqual([]);
    expect(await f.db.missions.read(stranger.id, ids[0] ?? '')).toBeNull();
    expect(await f.db.missions.has(stranger.id, ids[0] ?? '')).toBe(false);
    expect(await f.db.missions.cancel(stranger.id, ids[0] ?? '')).toEqual({ kind: 'not_found' });
  });
});
