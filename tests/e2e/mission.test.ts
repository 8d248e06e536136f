import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { BACKENDS } from './backends.ts';
import { startFleet } from './fleet.ts';
import { startModelServer } from './model-server.ts';

describe.each(['redis', 'postgres'] as const)('a mission on the %s queue', (backend) => {
  it('is accepted, run by the demo model with real tools, and reported by a signed webhook', async () => {
    await using fleet = await startFleet(backend);
    await using worker = await fleet.startWorker();
    const posted = await fleet.post({ goal: 'What is 17.5% of 2840?', webhook: { url: fleet.receiverUrl } });
    expect(posted.status).toBe(202);

    const mission = await fleet.ended(posted.body.id);
    expect(mission).toMatchObject({ status: 'completed', attempt: 1 });
    expect(mission.output).toContain('497');
    const steps = await fleet.get<{ data: { toolCalls: { name: string; output: string }[] }[] }>(
      `/v1/missions/${posted.body.id}/steps`,
    );
    expect(steps.data[0]?.toolCalls).toMatchObject([{ name: 'calculator', output: expect.stringContaining('497') }]);
    const events = await fleet.get<{ data: { type: string }[] }>(`/v1/missions/${posted.body.id}/events`);
    expect(events.data.map((event) => event.type)).toEqual([
      'mission.queued',
      'mission.started',
      'tool_call.completed',
      'step.completed',
      'step.completed',
      'mission.completed',
    ]);
    const [webhook] = await waitFor(async () => (fleet.webhooks.length > 0 ? fleet.webhooks : undefined), {
      timeoutMs: 10_000,
      what: 'the webhook',
    });
    expect(webhook).toMatchObject({ type: 'mission.completed', data: { id: posted.body.id, output: mission.output } });
    expect((await worker.stop()).code).toBe(0);
  });
});

describe.each(BACKENDS)('a mission on the %s queue', (backend) => {
  it('is finished by another worker when its own is killed, and no completed model call is made again', async () => {
    await using models = await startModelServer({ steps: 6, latencyMs: 400 });
    await using fleet = await startFleet(backend, {
      ANTHROPIC_API_KEY: 'test',
      ANTHROPIC_BASE_URL: models.anthropicUrl,
    });
    const victim = await fleet.startWorker();
    const goals = Array.from({ length: 10 }, (_, index) => `mission ${index}`);
    const posted = await Promise.all(
      goals.map((goal) => fleet.post({ goal, model: 'anthropic/claude-test', webhook: { url: fleet.receiverUrl } })),
    );
    await waitFor(async () => (models.calls.filter((call) => call.step === 3).length >= 5 ? true : undefined), {
      timeoutMs: 20_000,
      what: 'the missions to be in their third step',
    });
    const running = await fleet.get<{ data: { status: string }[] }>('/v1/missions');
    expect(running.data.filter((mission) => mission.status === 'running').length).toBeGreaterThanOrEqual(5);
    await victim.stop('SIGKILL');
    await fleet.startWorker();

    const missions = await Promise.all(posted.map(({ body }) => fleet.ended(body.id, 60_000)));
    for (const mission of missions) {
      expect(mission).toMatchObject({ status: 'completed', output: 'done after 6 steps', stepCount: 7 });
    }
    expect(missions.filter((mission) => mission.attempt > 1).length).toBeGreaterThanOrEqual(5);
    for (const goal of goals) {
      const seen = models.calls.filter((call) => call.goal === goal).map((call) => call.step);
      // What was in flight when the worker died may be asked for once more; nothing that came before it.
      expect(seen.length).toBeLessThanOrEqual(8);
      expect([...new Set(seen)]).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    }
    await waitFor(
      async () => (new Set(fleet.webhooks.map((webhook) => webhook.data.id)).size === 10 ? true : undefined),
      {
        timeoutMs: 30_000,
        what: 'ten webhooks',
      },
    );
  }, 120_000);

  it('is handed over when its worker drains, and repeats nothing at all', async () => {
    await using models = await startModelServer({ steps: 8, latencyMs: 200 });
    await using fleet = await startFleet(backend, { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl });
    const leaving = await fleet.startWorker();
    const { body } = await fleet.post({ goal: 'hand me over', model: 'openai/gpt-test' });
    await waitFor(async () => (models.calls.length >= 3 ? true : undefined), {
      timeoutMs: 20_000,
      what: 'three calls',
    });
    expect((await leaving.stop()).code).toBe(0);
    expect(models.calls.length).toBeLessThan(9);
    await fleet.startWorker();
    expect(await fleet.ended(body.id)).toMatchObject({ status: 'completed', attempt: 2 });
    expect(models.calls.map((call) => call.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('that is cancelled while it runs is aborted in the middle of its model call', async () => {
    await using models = await startModelServer({ steps: 3, latencyMs: 60_000 });
    await using fleet = await startFleet(backend, { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl });
    await fleet.startWorker();
    const { body } = await fleet.post({
      goal: 'never mind',
      model: 'openai/gpt-test',
      webhook: { url: fleet.receiverUrl },
    });
    await waitFor(async () => (models.calls.length === 1 ? true : undefined), { timeoutMs: 20_000, what: 'the call' });
    const response = await fetch(`${fleet.apiUrl}/v1/missions/${body.id}/cancel`, { method: 'POST' });
    expect(response.status).toBe(401);
    await fleet.move(body.id, 'cancel');
    expect(await fleet.ended(body.id, 10_000)).toMatchObject({
      status: 'cancelled',
      statusReason: { code: 'cancelled_by_client' },
      output: null,
    });
    await waitFor(async () => (fleet.webhooks[0]?.type === 'mission.cancelled' ? true : undefined), {
      timeoutMs: 10_000,
      what: 'the webhook of the cancel',
    });
  });
});

describe('time', () => {
  it('starts a delayed mission at its moment, stops one at its deadline, and holds a paused one', async () => {
    await using models = await startModelServer({ steps: 30, latencyMs: 300 });
    await using fleet = await startFleet('redis', { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl });
    await fleet.startWorker();
    const startAt = new Date(Date.now() + 7_000);
    const delayed = await fleet.post({ goal: 'What is 2 + 2?', startAt: startAt.toISOString() });
    const deadline = new Date(Date.now() + 3_000).toISOString();
    const late = await fleet.post({ goal: 'too long', model: 'openai/gpt-test', deadline });
    const paused = await fleet.post({ goal: 'hold', model: 'openai/gpt-test' });

    expect(await fleet.ended(late.body.id)).toMatchObject({
      status: 'failed',
      statusReason: { code: 'deadline_exceeded' },
    });
    await fleet.move(paused.body.id, 'pause');
    const held = await waitFor(
      async () => {
        const mission = await fleet.get<{ status: string; stepCount: number }>(`/v1/missions/${paused.body.id}`);
        return mission.status === 'queued' ? mission : undefined;
      },
      { timeoutMs: 10_000, what: 'the paused mission to be handed over' },
    );
    const asked = models.calls.filter((call) => call.goal === 'hold').length;
    const done = await fleet.ended(delayed.body.id);
    expect(done.status).toBe('completed');
    expect(new Date(done.startedAt).getTime()).toBeGreaterThanOrEqual(startAt.getTime());
    expect(models.calls.filter((call) => call.goal === 'hold')).toHaveLength(asked);
    await fleet.move(paused.body.id, 'resume');
    await waitFor(
      async () => {
        const mission = await fleet.get<{ status: string; stepCount: number }>(`/v1/missions/${paused.body.id}`);
        return mission.stepCount > held.stepCount;
      },
      { timeoutMs: 10_000, what: 'the resumed mission to go on' },
    );
  });
});

describe('a bell that never rang', () => {
  it('delays a mission and does not lose it', async () => {
    // The API rings on a queue that no worker listens to: as if every bell were lost on the way.
    await using fleet = await startFleet('postgres');
    await fleet.startWorker({ QUEUE_PREFIX: 'another' });
    const { body } = await fleet.post({ goal: 'What is 2 + 2?' });
    expect(await fleet.ended(body.id, 40_000)).toMatchObject({ status: 'completed' });
  });
});
