import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { OpenWorkerOptions, Taken, WorkerHandle } from './backend.ts';
import { createHandlers } from './handlers.ts';
import { createSlotGate, type SlotGate } from './slot-gate.ts';
import { createSupervisor, type Deafness } from './supervisor.ts';

/** Workers that fetch what they are told to, and are ready or not, as they are told to be. */
function setup(
  options: { unready?: number; fetchable?: () => Promise<number>; concurrency?: number; gate?: SlotGate } = {},
) {
  const workers: (OpenWorkerOptions & { calls: string[]; slots: number })[] = [];
  const deafnesses: Deafness[] = [];
  const errors: unknown[] = [];
  const gate = Promise.withResolvers<void>();
  const handlers = createHandlers({ receive: () => gate.promise, onError: (error) => errors.push(error) });

  function openWorker(given: OpenWorkerOptions): WorkerHandle {
    const worker = { ...given, calls: [] as string[], slots: given.concurrency };
    const isReady = workers.length >= (options.unready ?? 0);
    workers.push(worker);
    const note = (call: string) => () => void worker.calls.push(call);
    return {
      ready: () => (isReady ? Promise.resolve() : Promise.reject(new Error('not there'))),
      run: note('run'),
      pause: note('pause'),
      resume: note('resume'),
      setConcurrency: (slots) => void (worker.slots = slots),
      close: async () => note('close')(),
      cut: async () => note('cut')(),
    };
  }

  const supervisor = createSupervisor({
    backend: { openWorker },
    queueName: 'missions-default',
    gate: options.gate ?? createSlotGate(options.concurrency ?? 3),
    handlers,
    fetchable: options.fetchable ?? (async () => 0),
    onError: (error) => errors.push(error),
    onDeaf: (deafness) => deafnesses.push(deafness),
    watchEveryMs: 5,
    deafAfterMs: 20,
  });
  onTestFinished(async () => {
    gate.resolve();
    await supervisor.drain();
    await supervisor.end();
  });
  return { supervisor, workers, deafnesses, errors, finishHandlers: gate.resolve };
}

function bell(): Taken & { wasGivenBack: boolean } {
  return {
    data: {},
    wasGivenBack: false,
    async giveBack() {
      this.wasGivenBack = true;
      throw new Error('given back');
    },
  };
}

it('opens a worker anew until it becomes ready', async () => {
  const { supervisor, workers, errors } = setup({ unready: 2 });
  await vi.waitFor(() => expect(supervisor.isHealthy()).toBe(true), 5_000);
  expect(workers.map(({ calls }) => calls)).toEqual([['cut'], ['cut'], ['run']]);
  expect(errors).toHaveLength(2);
});

it('reports a deaf worker and opens another with the slots that are free', async () => {
  let waiting = 0;
  // The second is deaf to nothing, however late somebody looks at it.
  const { workers, deafnesses, finishHandlers } = setup({
    fetchable: async () => (workers.length > 1 ? 0 : waiting),
  });
  await vi.waitFor(() => expect(workers[0]?.calls).toEqual(['run']));
  void workers[0]?.take(bell());
  waiting = 4;
  await vi.waitFor(() => expect(workers[1]?.calls).toEqual(['run']));
  expect(deafnesses[0]).toMatchObject({ queue: 'missions-default', depth: 4 });
  expect(workers[0]?.calls).toEqual(['run', 'cut']);
  expect(workers[1]?.slots).toBe(2);
  finishHandlers();
  await vi.waitFor(() => expect(workers[1]?.slots).toBe(3));
});

it('opens another worker when the connections of one are half open', async () => {
  const { supervisor, workers, deafnesses } = setup();
  await vi.waitFor(() => expect(supervisor.isHealthy()).toBe(true));
  workers[0]?.onLost();
  await vi.waitFor(() => expect(workers[1]?.calls).toEqual(['run']));
  expect(workers[0]?.calls).toEqual(['run', 'cut']);
  expect(deafnesses).toEqual([]);
});

it('gives back what a former worker fetched, and what would be one too many', async () => {
  const { workers } = setup({ fetchable: async () => (workers.length > 1 ? 0 : 4), concurrency: 2 });
  await vi.waitFor(() => expect(workers[1]?.calls).toEqual(['run']));
  const [late, first, second, third] = [bell(), bell(), bell(), bell()];
  await expect(workers[0]?.take(late)).rejects.toThrow('given back');
  void workers[1]?.take(first);
  void workers[1]?.take(second);
  await expect(workers[1]?.take(third)).rejects.toThrow('given back');
  expect([first.wasGivenBack, second.wasGivenBack]).toEqual([false, false]);
});

it('does not take a full consumer for deaf', async () => {
  let waiting = 0;
  const { workers, deafnesses } = setup({ fetchable: async () => waiting, concurrency: 1 });
  await vi.waitFor(() => expect(workers[0]?.calls).toEqual(['run']));
  void workers[0]?.take(bell());
  waiting = 9;
  await sleep(100);
  expect(deafnesses).toEqual([]);
});

it('rests a worker that spins on errors, and lets it go on after', async () => {
  const { supervisor, workers } = setup();
  await vi.waitFor(() => expect(supervisor.isHealthy()).toBe(true));
  for (let index = 0; index < 50; index += 1) workers[0]?.onError(new Error('READONLY'));
  expect(workers[0]?.calls).toEqual(['run', 'pause']);
  expect(supervisor.isHealthy()).toBe(false);
  await vi.waitFor(() => expect(workers[0]?.calls).toEqual(['run', 'pause', 'resume']), 5_000);
});

it('runs a worker that was paused and resumed before it was ready, and none that is still paused', async () => {
  const resumed = setup({ unready: 1 });
  resumed.supervisor.pause();
  resumed.supervisor.resume();
  const paused = setup({ unready: 1 });
  paused.supervisor.pause();
  await vi.waitFor(() => expect(paused.supervisor.isHealthy() && resumed.supervisor.isHealthy()).toBe(true), 5_000);
  expect(resumed.workers.map(({ calls }) => calls)).toEqual([['cut'], ['run']]);
  expect(paused.workers.map(({ calls }) => calls)).toEqual([['cut'], []]);
  paused.supervisor.resume();
  expect(paused.workers[1]?.calls).toEqual(['resume']);
});

it('does not wake a worker that was paused while it rested', async () => {
  const { supervisor, workers } = setup();
  await vi.waitFor(() => expect(supervisor.isHealthy()).toBe(true));
  for (let index = 0; index < 50; index += 1) workers[0]?.onError(new Error('READONLY'));
  supervisor.pause();
  await vi.waitFor(() => expect(supervisor.isHealthy()).toBe(true), 5_000);
  expect(workers[0]?.calls).not.toContain('resume');
  const late = bell();
  await expect(workers[0]?.take(late)).rejects.toThrow('given back');
});

it('asks for nothing after a bell that found no slot, until one is kept for it', async () => {
  const gate = createSlotGate(1);
  const [busy, waiting] = [setup({ gate }), setup({ gate })];
  await vi.waitFor(() => expect(busy.supervisor.isHealthy() && waiting.supervisor.isHealthy()).toBe(true));
  void busy.workers[0]?.take(bell());
  const refused = bell();
  await expect(waiting.workers[0]?.take(refused)).rejects.toThrow('given back');
  expect(waiting.workers[0]?.calls).toEqual(['run', 'pause']);
  busy.finishHandlers();
  await vi.waitFor(() => expect(waiting.workers[0]?.calls).toEqual(['run', 'pause', 'resume']));
  const taken = bell();
  void waiting.workers[0]?.take(taken);
  expect(taken.wasGivenBack).toBe(false);
  expect(busy.workers[0]?.calls.at(-1)).toBe('pause');
});

it('wakes a full worker when it may have more, since it sleeps until one of its own bells is done', async () => {
  const gate = createSlotGate(2);
  const [here, there] = [setup({ gate }), setup({ gate })];
  await vi.waitFor(() => expect(here.supervisor.isHealthy() && there.supervisor.isHealthy()).toBe(true));
  void there.workers[0]?.take(bell());
  void here.workers[0]?.take(bell());
  await expect(here.workers[0]?.take(bell())).rejects.toThrow('given back');
  expect(here.workers[0]?.slots).toBe(1);
  there.finishHandlers();
  await vi.waitFor(() => expect(here.workers[0]).toMatchObject({ slots: 2, calls: ['run', 'pause', 'resume'] }));
});
