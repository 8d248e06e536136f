import { setTimeout as sleep } from 'node:timers/promises';
import { DRAIN_GRACE_MS } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { BACKENDS } from './backends.ts';
import { type Backend, startFleet } from './fleet.ts';
import { startModelServer } from './model-server.ts';

/** A fleet with one worker, and a mission of it in the middle of its first model call. */
async function open(backend: Backend, { latencyMs }: { latencyMs: number }) {
  const resources = new AsyncDisposableStack();
  const models = resources.use(await startModelServer({ steps: 1, latencyMs }));
  const fleet = resources.use(await startFleet(backend, { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl }));
  const worker = await fleet.startWorker();
  const { body } = await fleet.post({ goal: 'in flight', model: 'openai/gpt-test' });
  await waitFor(() => models.calls.length === 1, { timeoutMs: 30_000, what: 'the model call' });
  const callsOf = (goal: string) => models.calls.filter((call) => call.goal === goal);
  return { models, fleet, worker, missionId: body.id, callsOf, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

type Held = { status: string; stepCount: number; attempt: number; statusReason: { code: string } | null };

describe.each(BACKENDS)('a worker on the %s queue that is told to end', (backend) => {
  it('takes nothing new, lets the call in flight finish, hands its mission over at that boundary, and exits with 0', async () => {
    await using world = await open(backend, { latencyMs: 4_000 });
    const { fleet, worker, missionId, callsOf } = world;
    const ending = worker.stop();
    await waitFor(() => worker.output().includes('draining'), { what: 'the worker to drain' });
    const { body: late } = await fleet.post({ goal: 'late', model: 'openai/gpt-test' });
    expect(await ending).toEqual({ code: 0, signal: null });

    expect(callsOf('in flight')).toMatchObject([{ step: 1, completed: true, abortedAt: null }]);
    expect(callsOf('late')).toEqual([]);
    expect(await fleet.get<Held>(`/v1/missions/${missionId}`)).toMatchObject({
      status: 'queued',
      stepCount: 1,
      statusReason: { code: 'draining' },
    });
    expect(await fleet.get<Held>(`/v1/missions/${late.id}`)).toMatchObject({ status: 'queued', attempt: 0 });

    await fleet.startWorker();
    expect(await fleet.ended(missionId)).toMatchObject({ status: 'completed', attempt: 2 });
    expect(await fleet.ended(late.id)).toMatchObject({ status: 'completed', attempt: 1 });
    expect(callsOf('in flight').map(({ step }) => step)).toEqual([1, 2]);
  });

  it('is gone at once when it has nothing in hand', async () => {
    await using fleet = await startFleet(backend);
    const worker = await fleet.startWorker();
    await sleep(1_000);
    const startedAt = performance.now();
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('a worker in the middle of a long model call', () => {
  it('aborts it when the grace is over, leaves its step to another worker, and still exits with 0', async () => {
    await using world = await open('redis', { latencyMs: 120_000 });
    const { fleet, worker, missionId, callsOf } = world;
    const startedAt = performance.now();
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(DRAIN_GRACE_MS / 2);
    expect(tookMs).toBeLessThan(DRAIN_GRACE_MS);

    expect(callsOf('in flight')).toMatchObject([{ step: 1, completed: false, abortedAt: expect.any(Number) }]);
    expect(await fleet.get<Held>(`/v1/missions/${missionId}`)).toMatchObject({
      status: 'queued',
      stepCount: 0,
      statusReason: { code: 'draining' },
    });
    await fleet.startWorker();
    await waitFor(() => callsOf('in flight').length === 2, { timeoutMs: 20_000, what: 'the step again' });
    expect(callsOf('in flight').map(({ step }) => step)).toEqual([1, 1]);
  }, 120_000);

  it('exits at once when it is told again', async () => {
    await using world = await open('redis', { latencyMs: 120_000 });
    void world.worker.stop();
    await sleep(1_000);
    const startedAt = performance.now();
    expect(await world.worker.stop()).toEqual({ code: 143, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
