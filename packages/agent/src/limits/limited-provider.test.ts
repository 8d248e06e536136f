import { RetryableError } from '@flotilla/core';
import { expect, test } from 'vitest';
import type { ModelRequest, Provider } from '../provider.ts';
import { runMission } from '../run.ts';
import { createScene } from '../testing/script.ts';
import { says } from '../testing/spec.ts';
import type { KeyLimits } from './admit.ts';
import { createProviderGate } from './create-gate.ts';
import { createLimitedProvider } from './limited-provider.ts';
import { createMemoryDocuments } from './memory-documents.ts';

const limited = new RetryableError('provider_rate_limited', 'slow down', { retryAfterMs: 30_000 });

/** A provider of several keys, each of which does what the test says, behind one gate. */
function createKeys(plays: Record<string, () => Promise<ReturnType<typeof says>>>, limits: Partial<KeyLimits> = {}) {
  const made: string[] = [];
  const byKey = new Map(
    Object.entries(plays).map(([key, play]): [string, Provider] => [
      key,
      {
        name: 'sim',
        async call() {
          made.push(key);
          return play();
        },
      },
    ]),
  );
  const gate = createProviderGate({
    name: 'sim',
    keys: [...byKey.keys()],
    limits: { concurrency: 10, requests: null, tokens: null, ...limits },
    documents: createMemoryDocuments(),
  });
  return { made, gate, provider: createLimitedProvider('sim', { gate, byKey, countsTokens: true }) };
}

const ok = async () => says('hello');
const turnedAway = () => Promise.reject(limited);

const request: ModelRequest = {
  model: 'm',
  system: null,
  messages: [],
  tools: [],
  maxOutputTokens: 10,
  options: {},
  context: { missionId: 'mis', step: 1, attempt: 1, try: 1 },
};
const hooks = { signal: new AbortController().signal };

test('a call whose key is turned away goes on with the next at once, and the key is left alone', async () => {
  const { provider, made } = createKeys({ a: turnedAway, b: ok });
  expect(await provider.call(request, hooks)).toMatchObject({ stopReason: 'end' });
  expect(await provider.call(request, hooks)).toMatchObject({ stopReason: 'end' });
  expect(made.filter((key) => key === 'a').length).toBeLessThanOrEqual(1);
});

test('when every key is turned away, the mission hears what the provider said', async () => {
  const { provider, made } = createKeys({ a: turnedAway, b: turnedAway });
  await expect(provider.call(request, hooks)).rejects.toBe(limited);
  expect(made.toSorted()).toEqual(['a', 'b']);
});

test('a mission for which there is no room soon gives up its slot, and no try is spent on it', async () => {
  const { provider } = createKeys({ a: ok }, { requests: 1 });
  await provider.call(request, hooks);
  const { input } = createScene([], [], { tries: 1, providers: () => provider });
  const outcome = await runMission(input);
  expect(outcome).toMatchObject({ kind: 'retry_later', code: 'rate_limited', tries: 1, failingForMs: null });
  expect(outcome.kind === 'retry_later' ? outcome.afterMs : 0).toBeGreaterThan(50_000);
});

test('a mission that is told to stop while it waits for room stops at once, and makes no call', async () => {
  const { provider, gate, made } = createKeys({ a: ok }, { concurrency: 1 });
  await gate.acquire({ tokens: 0, waitMs: 0, signal: hooks.signal });
  const { input, stop } = createScene([], [], { providers: () => provider });
  const running = runMission(input);
  setTimeout(() => stop.request('drain'), 100);
  expect(await running).toMatchObject({ kind: 'stopped', reason: 'drain', tries: 0 });
  expect(made).toEqual([]);
  await gate.close();
});

test('a mission that is cancelled while it waits for room has what was reserved for the call free again', async () => {
  const { provider, gate, made } = createKeys({ a: ok }, { concurrency: 1 });
  await gate.acquire({ tokens: 0, waitMs: 0, signal: hooks.signal });
  const givenBack: number[] = [];
  const { input, stop } = createScene([], [], {
    providers: () => provider,
    budget: {
      priceOf: () => 1,
      reserve: async () => ({ kind: 'reserved' }),
      async giveBack(number) {
        givenBack.push(number);
      },
    },
  });
  const running = runMission(input);
  setTimeout(() => stop.request('cancel'), 50);
  expect(await running).toMatchObject({ kind: 'stopped', reason: 'cancel' });
  expect([made, givenBack]).toEqual([[], [1]]);
  await gate.close();
});

test('a worker that loses its lease while it waits for room makes no call', async () => {
  const { provider, made } = createKeys({ a: ok });
  let isLive = true;
  const { input } = createScene([], [], {
    providers: () => ({
      name: 'sim',
      call: async (asked, given) => {
        isLive = false;
        return provider.call(asked, given);
      },
    }),
    isLeaseLive: () => isLive,
  });
  expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'fenced' });
  expect(made).toEqual([]);
});
