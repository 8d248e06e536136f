import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../harness/index.ts';
import { BACKENDS } from './backends.ts';
import { type Backend, type Fleet, startFleet } from './fleet.ts';
import { type ModelServer, startModelServer } from './model-server.ts';

/** Spread over more than a heartbeat, so that it is met at every phase. */
const CANCELS = 6;
const EVERY_MS = 600;

async function open(backend: Backend, { latencyMs }: { latencyMs: number }) {
  const resources = new AsyncDisposableStack();
  const models = resources.use(await startModelServer({ steps: 1, latencyMs }));
  const fleet = resources.use(await startFleet(backend, { OPENAI_API_KEY: 'test', OPENAI_BASE_URL: models.openaiUrl }));
  return { models, fleet, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** How long each of a few missions took from its cancel until its model call was hung up on, by the model server's account. */
async function measureCancels(fleet: Fleet, models: ModelServer, post: object): Promise<number[]> {
  const goals = Array.from({ length: CANCELS }, (_, index) => `mission ${index}`);
  const posted = await Promise.all(goals.map((goal) => fleet.post({ goal, model: 'openai/gpt-test', ...post })));
  await waitFor(() => models.calls.length === CANCELS, { timeoutMs: 30_000, what: 'every model call' });
  const cancelledAt = new Map<string, number>();
  for (const [index, { body }] of posted.entries()) {
    cancelledAt.set(goals[index] ?? '', performance.now());
    expect((await fleet.move(body.id, 'cancel')).status).toBe(202);
    await sleep(EVERY_MS);
  }
  await waitFor(() => models.calls.every(({ abortedAt }) => abortedAt !== null), { what: 'every call hung up on' });
  for (const { body } of posted) expect(await fleet.ended(body.id)).toMatchObject({ status: 'cancelled' });
  return models.calls.map(({ goal, abortedAt }) => (abortedAt ?? Number.NaN) - (cancelledAt.get(goal) ?? Number.NaN));
}

describe.each(BACKENDS)('a running mission on the %s queue that is told to stop', (backend) => {
  it('has its model call aborted within a second of its cancel', async () => {
    await using world = await open(backend, { latencyMs: 60_000 });
    await world.fleet.startWorker();
    const took = await measureCancels(world.fleet, world.models, {});
    // Most of them: without signals half come after more than half a heartbeat, and one in six may meet a busy machine.
    const [, , , half = Number.NaN] = took.toSorted((a, b) => a - b);
    expect(half).toBeLessThan(1_000);
  });

  it('has its model call aborted within four seconds of its cancel when no signal gets through', async () => {
    await using world = await open(backend, { latencyMs: 60_000 });
    // The worker listens where nobody sends; its own sweep rings what is due.
    await world.fleet.startWorker({ QUEUE_PREFIX: 'elsewhere' });
    const took = await measureCancels(world.fleet, world.models, { delay: 1 });
    // A second beyond what is promised, for a busy machine; a heartbeat missed would take two beyond that.
    expect(Math.max(...took)).toBeLessThan(5_000);
  });

  it('begins no further model call after its pause, and goes on when resumed', async () => {
    await using world = await open(backend, { latencyMs: 2_500 });
    const { fleet, models } = world;
    await fleet.startWorker();
    const { body } = await fleet.post({ goal: 'hold', model: 'openai/gpt-test' });
    await waitFor(() => models.calls.length === 1, { what: 'the first model call' });
    expect((await fleet.move(body.id, 'pause')).status).toBe(200);
    const held = await waitFor(
      async () => {
        const mission = await fleet.get<{ status: string; stepCount: number }>(`/v1/missions/${body.id}`);
        return mission.status === 'queued' && mission;
      },
      { what: 'the mission to be handed over' },
    );
    expect(held.stepCount).toBe(1);
    expect(models.calls.map(({ completed }) => completed)).toEqual([true]);
    await fleet.move(body.id, 'resume');
    expect(await fleet.ended(body.id)).toMatchObject({ status: 'completed', stepCount: 2 });
  });
});
