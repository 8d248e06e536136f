import { RetryableError } from '@flotilla/core';
import { expect, test } from 'vitest';
import type { Provider } from '../provider.ts';
import { says } from '../testing/spec.ts';
import { createGuardedProvider } from './guarded-provider.ts';

const hooks = { signal: new AbortController().signal };

/** A model that is down until it is said to be back, behind a breaker, on a clock of the test's. */
function createScene() {
  const scene = {
    nowMs: 0,
    isDown: true,
    code: 'provider_unreachable' as 'provider_unreachable' | 'provider_rate_limited',
    made: 0,
    turns: [] as boolean[],
  };
  const provider: Provider = {
    name: 'openai',
    async call() {
      scene.made += 1;
      if (scene.isDown) throw new RetryableError(scene.code, 'down');
      return says('hello');
    },
  };
  const guarded = createGuardedProvider(provider, {
    now: () => scene.nowMs,
    onTurn: ({ isOpen }) => scene.turns.push(isOpen),
  });
  const call = (model = 'a') =>
    guarded.call(
      {
        model,
        system: null,
        messages: [],
        tools: [],
        maxOutputTokens: 1,
        options: {},
        context: { missionId: 'm', step: 1, attempt: 1, try: 1 },
      },
      hooks,
    );
  const codeOf = async (model?: string) =>
    call(model).then(
      () => 'ok',
      (error: unknown) => (error instanceof RetryableError ? error.code : error),
    );
  return { scene, call, codeOf };
}

test('a model that fails five times in a row is left alone, and another of the same provider is not', async () => {
  const { scene, codeOf } = createScene();
  for (let go = 0; go < 5; go += 1) expect(await codeOf()).toBe('provider_unreachable');
  expect(await codeOf()).toBe('provider_suspended');
  expect(scene.made).toBe(5);
  expect(await codeOf('b')).toBe('provider_unreachable');
});

test('whoever is turned away is told what the model failed with', async () => {
  const { call, codeOf } = createScene();
  for (let go = 0; go < 5; go += 1) await codeOf();
  await expect(call()).rejects.toThrow('last with provider_unreachable');
});

test('an outage of a minute costs a handful of calls, and is over with the first that succeeds', async () => {
  const { scene, codeOf } = createScene();
  for (; scene.nowMs < 60_000; scene.nowMs += 100) await codeOf();
  expect(scene.made).toBeLessThanOrEqual(10);
  scene.isDown = false;
  let backAt = 0;
  for (; backAt === 0; scene.nowMs += 100) if ((await codeOf()) === 'ok') backAt = scene.nowMs;
  expect(backAt).toBeLessThanOrEqual(60_000 + 30_000);
  expect(await codeOf()).toBe('ok');
  expect(scene.turns.at(-1)).toBe(false);
});

test('while it is not known whether the model is back, one call tries and the others do not wait for it', async () => {
  const { scene, codeOf } = createScene();
  for (let go = 0; go < 5; go += 1) await codeOf();
  scene.nowMs += 60_000;
  scene.isDown = false;
  const trying = codeOf();
  expect(await codeOf()).toBe('provider_suspended');
  expect(await trying).toBe('ok');
});

test('a limit is no outage', async () => {
  const { scene, codeOf } = createScene();
  scene.code = 'provider_rate_limited';
  for (let go = 0; go < 20; go += 1) expect(await codeOf()).toBe('provider_rate_limited');
});

test('a success between failures begins the count anew', async () => {
  const { scene, codeOf } = createScene();
  for (let go = 0; go < 40; go += 1) {
    scene.isDown = go % 4 !== 0;
    expect(await codeOf()).not.toBe('provider_suspended');
  }
});
