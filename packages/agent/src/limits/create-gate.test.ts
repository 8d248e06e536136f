import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CallPlan, mostAtOnce, mostInAnyWindow, startGateFleet } from '../testing/gate-fleet.ts';
import type { KeyLimits } from './admit.ts';
import { createProviderGate } from './create-gate.ts';
import { createMemoryDocuments } from './memory-documents.ts';

// A minute of ten processes is a hundred thousand timers.
vi.setConfig({ testTimeout: 120_000 });
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const MINUTE_MS = 60_000;
const { signal } = new AbortController();

/** Numbers that look random and are the same every time. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A store that takes a moment, as a real one does. */
function createSlowDocuments(random: () => number) {
  const documents = createMemoryDocuments(() => Math.floor(performance.now()));
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1 + random() * 4));
  return {
    read: async (name: string) => pause().then(() => documents.read(name)),
    write: async (change: Parameters<typeof documents.write>[0]) => pause().then(() => documents.write(change)),
  };
}

async function play(options: {
  limits: KeyLimits;
  latencyMs: number;
  minutes: number;
  seed?: number;
  processes?: number;
  slots?: number;
  keys?: string[];
  plan?: (random: () => number) => Partial<CallPlan>;
}) {
  const { limits, latencyMs, minutes, processes = 10, slots = 5, keys = ['a'], plan = () => ({}) } = options;
  const random = createRandom(options.seed ?? 1);
  const fleet = startGateFleet({
    processes,
    slots,
    keys,
    limits,
    documents: createSlowDocuments(random),
    random,
    plan: () => ({ travelMs: random() * 700, latencyMs, tokens: 1, most: 1, ...plan(random) }),
  });
  await vi.advanceTimersByTimeAsync(minutes * MINUTE_MS);
  const seen = [...fleet.seen];
  await fleet.end();
  return { seen, served: fleet.served };
}

test('requests of ten processes never exceed the minute, wherever it begins, and use at least 95 % of it', async () => {
  const { seen } = await play({
    limits: { concurrency: 10, requests: 500, tokens: null },
    latencyMs: 500,
    minutes: 3,
    plan: () => ({ travelMs: 20 }),
  });
  const arrivals = seen.map(({ arrivedAt }) => ({ at: arrivedAt, weight: 1 }));
  expect(mostInAnyWindow(arrivals, MINUTE_MS)).toBeLessThanOrEqual(500);
  expect(mostAtOnce(seen)).toBeLessThanOrEqual(10);
  // Each minute of those after the first, since the first begins with nothing used.
  const later = arrivals.filter(({ at }) => at >= MINUTE_MS).length;
  expect(later / (500 * 2)).toBeGreaterThanOrEqual(0.95);
});

test('calls of ten processes never exceed the concurrency, use at least 95 % of it, and no process is left out', async () => {
  const { seen, served } = await play({
    limits: { concurrency: 10, requests: 500, tokens: null },
    latencyMs: 2_000,
    minutes: 2,
    plan: () => ({ travelMs: 0 }),
  });
  expect(mostAtOnce(seen)).toBeLessThanOrEqual(10);
  const used = seen.reduce((sum, call) => sum + (call.endedAt ?? 2 * MINUTE_MS) - call.arrivedAt, 0);
  expect(used / (10 * 2 * MINUTE_MS)).toBeGreaterThanOrEqual(0.95);
  expect(Math.min(...served)).toBeGreaterThan((Math.max(...served) * 2) / 3);
});

test('twice as many processes as permits all get their share', async () => {
  const { served } = await play({
    limits: { concurrency: 5, requests: null, tokens: null },
    latencyMs: 2_000,
    minutes: 2,
    processes: 10,
    slots: 3,
  });
  const mean = served.reduce((sum, calls) => sum + calls, 0) / served.length;
  expect(Math.min(...served)).toBeGreaterThan(mean / 3);
});

test.each([1, 2, 3, 4, 5, 6])(
  'limits, sizes and timings of every kind: never exceeded, and no permit is lost (%i)',
  async (seed) => {
    const random = createRandom(seed * 7_919);
    const limits = {
      concurrency: 1 + Math.floor(random() * 20),
      requests: random() < 0.7 ? 5 + Math.floor(random() * 900) : null,
      tokens: random() < 0.7 ? 10_000 + Math.floor(random() * 200_000) : null,
    };
    const keys = random() < 0.5 ? ['a'] : ['a', 'b', 'c'];
    const { seen } = await play({
      seed,
      limits,
      keys,
      latencyMs: 0,
      minutes: 2,
      processes: 1 + Math.floor(random() * 8),
      slots: 1 + Math.floor(random() * 12),
      plan: (roll) => {
        const most = 100 + Math.floor(roll() * 3_000);
        return { latencyMs: roll() * 4_000, most, tokens: Math.floor(roll() * most) };
      },
    });
    for (const key of keys) {
      const calls = seen.filter((call) => call.key === key);
      expect(mostAtOnce(calls)).toBeLessThanOrEqual(limits.concurrency);
      const requests = calls.map(({ arrivedAt }) => ({ at: arrivedAt, weight: 1 }));
      expect(mostInAnyWindow(requests, MINUTE_MS)).toBeLessThanOrEqual(limits.requests ?? Number.POSITIVE_INFINITY);
      const tokens = calls.map((call) => ({ at: call.arrivedAt, weight: call.tokens }));
      expect(mostInAnyWindow(tokens, MINUTE_MS)).toBeLessThanOrEqual(limits.tokens ?? Number.POSITIVE_INFINITY);
    }
    expect(seen.length).toBeGreaterThan(10);
  },
);

test('tokens are bound by what calls come to, not by what they might have', async () => {
  const { seen } = await play({
    limits: { concurrency: 20, requests: null, tokens: 100_000 },
    latencyMs: 500,
    minutes: 3,
    plan: () => ({ travelMs: 5, tokens: 500, most: 2_000 }),
  });
  const tokens = seen.map((call) => ({ at: call.arrivedAt, weight: call.tokens }));
  expect(mostInAnyWindow(tokens, MINUTE_MS)).toBeLessThanOrEqual(100_000);
  const later = tokens.filter(({ at }) => at >= MINUTE_MS).length * 500;
  expect(later / 200_000).toBeGreaterThanOrEqual(0.95);
});

test('calls are spread over the keys', async () => {
  const { seen } = await play({
    limits: { concurrency: 4, requests: null, tokens: null },
    latencyMs: 1_000,
    minutes: 1,
    keys: ['a', 'b'],
  });
  const ofA = seen.filter(({ key }) => key === 'a').length;
  expect(Math.abs(ofA / seen.length - 0.5)).toBeLessThan(0.1);
});

function createPair(limits: KeyLimits, keys = ['a']) {
  const documents = createMemoryDocuments();
  const create = () => createProviderGate({ name: 'provider', keys, limits, documents, random: () => 0.5 });
  return [create(), create()] as const;
}

async function settled<T>(promise: Promise<T>, ms = 10): Promise<T | 'pending'> {
  const race = Promise.race([promise, new Promise<'pending'>((resolve) => setTimeout(() => resolve('pending'), ms))]);
  await vi.advanceTimersByTimeAsync(ms);
  return race;
}

test('what a dead process held is free when its lease has run out, and not before', async () => {
  const [dying, other] = createPair({ concurrency: 1, requests: null, tokens: null });
  expect(await settled(dying.acquire({ tokens: 0, waitMs: 0, signal }))).toMatchObject({ kind: 'permit' });
  // It says no more that it lives.
  await dying.close();
  const admitted = other.acquire({ tokens: 0, waitMs: 30_000, signal });
  expect(await settled(admitted, 11_000)).toBe('pending');
  expect(await settled(admitted, 2_000)).toMatchObject({ kind: 'permit' });
});

test('a call that takes longer than a lease keeps its permit while its process lives', async () => {
  const [busy, other] = createPair({ concurrency: 1, requests: null, tokens: null });
  await settled(busy.acquire({ tokens: 0, waitMs: 0, signal }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await settled(other.acquire({ tokens: 0, waitMs: 0, signal }))).toMatchObject({ kind: 'wait' });
});

test('a key that was turned away rests for every process, the other key goes on', async () => {
  const [one, other] = createPair({ concurrency: 10, requests: null, tokens: null }, ['a', 'b']);
  one.backOff('a', 20_000);
  await vi.advanceTimersByTimeAsync(10);
  for (let call = 0; call < 10; call += 1) {
    expect(await settled(other.acquire({ tokens: 0, waitMs: 0, signal }))).toMatchObject({ permit: { key: 'b' } });
  }
  const refused = await settled(other.acquire({ tokens: 0, waitMs: 0, signal }));
  expect(refused).toMatchObject({ kind: 'wait' });
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await settled(other.acquire({ tokens: 0, waitMs: 0, signal }))).toMatchObject({ permit: { key: 'a' } });
});

test('who must wait longer than it is ready to is told so at once, and for how long', async () => {
  const [gate] = createPair({ concurrency: 10, requests: 1, tokens: null });
  const first = await settled(gate.acquire({ tokens: 0, waitMs: 0, signal }));
  if (first !== 'pending' && first.kind === 'permit') first.permit.release({ wasSent: true, tokens: 0 });
  const second = await settled(gate.acquire({ tokens: 0, waitMs: 5_000, signal }));
  expect(second).toMatchObject({ kind: 'wait' });
  const afterMs = second !== 'pending' && second.kind === 'wait' ? second.afterMs : 0;
  expect(afterMs).toBeGreaterThan(60_000);
  expect(afterMs).toBeLessThan(65_000);
});

test('a call that is told to stop leaves the line and takes no permit along', async () => {
  const [gate] = createPair({ concurrency: 1, requests: null, tokens: null });
  const first = await settled(gate.acquire({ tokens: 0, waitMs: 0, signal }));
  const stop = new AbortController();
  const waiting = gate.acquire({ tokens: 0, waitMs: 5_000, signal: stop.signal });
  await vi.advanceTimersByTimeAsync(100);
  stop.abort('stopped');
  await expect(waiting).rejects.toBe('stopped');
  if (first !== 'pending' && first.kind === 'permit') first.permit.release({ wasSent: true, tokens: 0 });
  expect(await settled(gate.acquire({ tokens: 0, waitMs: 0, signal }))).toMatchObject({ kind: 'permit' });
});

test('a permit is not good for long, and costs nothing when it is given back unused', async () => {
  const [gate] = createPair({ concurrency: 1, requests: 1, tokens: null });
  const first = await settled(gate.acquire({ tokens: 0, waitMs: 0, signal }));
  await vi.advanceTimersByTimeAsync(1_000);
  if (first === 'pending' || first.kind !== 'permit') throw new Error('there was room');
  expect(first.permit.isFresh()).toBe(false);
  first.permit.release({ wasSent: false, tokens: 0 });
  expect(await settled(gate.acquire({ tokens: 0, waitMs: 0, signal }))).toMatchObject({ kind: 'permit' });
});

test('a gate with nothing to do sets no timer', async () => {
  const [gate] = createPair({ concurrency: 1, requests: null, tokens: null });
  const first = await settled(gate.acquire({ tokens: 0, waitMs: 0, signal }));
  if (first !== 'pending' && first.kind === 'permit') first.permit.release({ wasSent: true, tokens: 0 });
  await vi.advanceTimersByTimeAsync(100);
  expect(vi.getTimerCount()).toBe(0);
});

test('while the store is away nothing is let through, and those who wait are told to come back', async () => {
  const broken = { read: () => Promise.reject(new Error('away')), write: () => Promise.reject(new Error('away')) };
  const errors: unknown[] = [];
  const gate = createProviderGate({
    name: 'provider',
    keys: ['a'],
    limits: { concurrency: 1, requests: null, tokens: null },
    documents: broken,
    onError: (error) => errors.push(error),
  });
  expect(await settled(gate.acquire({ tokens: 0, waitMs: 1_000, signal }), 2_000)).toMatchObject({ kind: 'wait' });
  expect(errors.length).toBeGreaterThan(0);
  expect(vi.getTimerCount()).toBe(0);
});
