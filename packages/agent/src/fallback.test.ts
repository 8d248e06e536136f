import { RetryableError, TerminalError } from '@flotilla/core';
import { expect, test } from 'vitest';
import { NoRoomError } from './limits/no-room.ts';
import type { ModelRequest, Provider } from './provider.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { createSpec, says } from './testing/spec.ts';

/** A mission on `openai/main` that falls back on two others; `fails` says with what each fails, if it does. */
function createFallbackScene(fails: Record<string, Error>) {
  const asked: string[] = [];
  const provider: Provider = {
    name: 'openai',
    async call({ model }: ModelRequest) {
      asked.push(model);
      const failure = fails[model];
      if (failure) throw failure;
      return { ...says('hello'), provider: 'openai', model };
    },
  };
  const spec = createSpec({ model: 'openai/main', fallbackModels: ['openai/second', 'openai/third'] });
  return { asked, ...createScene([], [], { spec, providers: () => provider }) };
}

const suspended = new RetryableError('provider_suspended', 'left alone', { retryAfterMs: 10_000 });
const down = new RetryableError('provider_unreachable', 'down');

test('a mission whose model is down is answered by the next on its list, at once, and its step says by which', async () => {
  const { input, asked, waits, journal } = createFallbackScene({ main: suspended, second: down });
  expect(await runMission(input)).toEqual({ kind: 'completed', output: 'hello' });
  expect(asked).toEqual(['main', 'second', 'third']);
  expect(waits).toEqual([]);
  expect(journal.steps[0]).toMatchObject({ tries: 1, response: { model: 'third' } });
});

test('the step says which models could not be had, and what each failed with', async () => {
  const { input, journal } = createFallbackScene({ main: suspended, second: new Error('connect 10.0.0.7:443') });
  await runMission(input);
  expect(journal.steps[0]?.passedOver).toEqual([
    { provider: 'openai', model: 'main', code: 'provider_suspended', message: 'left alone' },
    { provider: 'openai', model: 'second', code: 'internal_error', message: 'It failed unexpectedly' },
  ]);
});

test('a model that can be had is the only one that is asked', async () => {
  const { input, asked, journal } = createFallbackScene({});
  await runMission(input);
  expect(asked).toEqual(['main']);
  expect(journal.steps[0]?.passedOver).toEqual([]);
});

test('a key that is refused does not end a mission that has another model', async () => {
  const { input } = createFallbackScene({ main: new TerminalError('provider_auth', 'no') });
  expect(await runMission(input)).toMatchObject({ kind: 'completed' });
});

test('a request that was refused is not tried on others', async () => {
  const { input, asked } = createFallbackScene({ main: new TerminalError('provider_refused_request', 'no') });
  expect(await runMission(input)).toMatchObject({ kind: 'failed', code: 'provider_refused_request' });
  expect(asked).toEqual(['main']);
});

test('when none can be had, the mission waits as its own model asks, and all are tried again', async () => {
  const { input, asked } = createFallbackScene({ main: suspended, second: down, third: down });
  expect(await runMission(input)).toMatchObject({ kind: 'retry_later', code: 'retry_backoff', tries: 1 });
  expect(asked).toEqual(['main', 'second', 'third']);
});

test('a model whose provider our own limits have no room for is passed over for one of another', async () => {
  const asked: string[] = [];
  const provider = (name: 'openai' | 'anthropic', failure?: Error): Provider => ({
    name,
    async call({ model }: ModelRequest) {
      asked.push(model);
      if (failure) throw failure;
      return { ...says('hello'), provider: name, model };
    },
  });
  const spec = createSpec({ model: 'openai/main', fallbackModels: ['openai/second', 'anthropic/third'] });
  const full = provider('openai', new NoRoomError('openai', 20_000));
  const free = provider('anthropic');
  const { input, journal } = createScene([], [], { spec, providers: (name) => (name === 'openai' ? full : free) });
  expect(await runMission(input)).toMatchObject({ kind: 'completed' });
  // The second shares what the first had no room in.
  expect(asked).toEqual(['main', 'third']);
  expect(journal.steps[0]).toMatchObject({ tries: 1, response: { provider: 'anthropic' } });
  expect(journal.steps[0]?.passedOver.map(({ model, code }) => [model, code])).toEqual([
    ['main', 'provider_rate_limited'],
    ['second', 'provider_rate_limited'],
  ]);
});

test('without room anywhere, the mission gives its slot up until there is some, and no try is spent', async () => {
  const { input, asked } = createFallbackScene({ main: new NoRoomError('openai', 20_000) });
  expect(await runMission(input)).toMatchObject({
    kind: 'retry_later',
    code: 'rate_limited',
    afterMs: 20_000,
    tries: 0,
  });
  expect(asked).toEqual(['main']);
});

test('a model is not told the options of the one in whose place it answers', async () => {
  const told: unknown[] = [];
  const provider: Provider = {
    name: 'openai',
    async call({ model, options }: ModelRequest) {
      told.push([model, options]);
      if (model === 'main') throw suspended;
      return { ...says('hello'), provider: 'openai', model };
    },
  };
  const modelOptions = { reasoningEffort: 'max', temperature: 0.2 } as const;
  const spec = createSpec({ model: 'openai/main', fallbackModels: ['openai/second'], modelOptions });
  expect(await runMission(createScene([], [], { spec, providers: () => provider }).input)).toMatchObject({
    kind: 'completed',
  });
  expect(told).toEqual([
    ['main', modelOptions],
    ['second', {}],
  ]);
});
