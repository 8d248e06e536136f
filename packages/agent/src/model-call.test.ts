import { RetryableError, TerminalError } from '@flotilla/core';
import { expect, test } from 'vitest';
import { sleep } from './abortable.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, says, toolCall } from './testing/spec.ts';
import { echo } from './testing/tools.ts';

const overloaded = () => new RetryableError('provider_overloaded', 'busy');
const cut = () => new RetryableError('provider_stream_cut', 'it broke off');

test('a failed try is repeated after a wait that doubles, and the step records its tries', async () => {
  const { input, waits, journal, provider } = createScene([overloaded(), overloaded(), says('ok')]);
  expect(await runMission(input)).toMatchObject({ kind: 'completed' });
  expect(waits).toEqual([500, 1_000]);
  expect(journal.steps[0]?.tries).toBe(3);
  expect(provider.requests.map(({ context }) => context.try)).toEqual([1, 2, 3]);
});

test('the wait is spread over its whole range, and never shorter than the provider asked for', async () => {
  const limited = new RetryableError('provider_rate_limited', 'slow down', { retryAfterMs: 2_000 });
  const { input, waits } = createScene([overloaded(), limited, says('ok')], [], { random: () => 0.25 });
  await runMission(input);
  expect(waits).toEqual([125, 2_250]);
});

test('a step that has failed as often as it may fails the mission with the last code', async () => {
  const { input, provider } = createScene([cut(), cut(), new RetryableError('provider_timeout', 'silence')]);
  expect(await runMission(input)).toEqual({
    kind: 'failed',
    code: 'provider_timeout',
    message: 'silence (after 3 tries in 2 s)',
  });
  expect(provider.requests).toHaveLength(3);
});

test('tries spent by earlier runs count, and a step that succeeds gives the next its full number', async () => {
  const spent = createScene([cut(), says('ok')], [], { tries: 2 });
  expect(await runMission(spent.input)).toEqual({
    kind: 'failed',
    code: 'provider_stream_cut',
    message: 'it broke off (after 3 tries)',
  });

  const next = createScene([calls(toolCall('echo')), cut(), cut(), says('ok')], [echo], { tries: 2 });
  expect(await runMission(next.input)).toMatchObject({ kind: 'completed' });
});

test('a long wait gives the slot up and takes the spent tries along', async () => {
  const limited = new RetryableError('provider_rate_limited', 'slow down', { retryAfterMs: 60_000 });
  const first = createScene([limited]);
  expect(await runMission(first.input)).toEqual({
    kind: 'retry_later',
    code: 'rate_limited',
    message: 'slow down',
    afterMs: 60_500,
    tries: 1,
    failingForMs: 0,
  });
  const slow = new RetryableError('provider_timeout', 'silence', { retryAfterMs: 60_000 });
  const second = createScene([slow], [], { tries: 1 });
  expect(await runMission(second.input)).toMatchObject({
    kind: 'retry_later',
    code: 'retry_backoff',
    tries: 2,
    failingForMs: null,
  });
});

test.each([
  [4_500, 'completed', [5_000]],
  [4_501, 'retry_later', []],
] as const)('a wait of %i ms and the jitter on top: %s', async (retryAfterMs, kind, waited) => {
  const { input, waits } = createScene([new RetryableError('provider_error', 'down', { retryAfterMs }), says('ok')]);
  expect(await runMission(input)).toMatchObject({ kind });
  expect(waits).toEqual(waited);
});

test('what can never succeed is not tried again', async () => {
  const { input, provider } = createScene([new TerminalError('provider_auth', 'key rejected'), says('ok')]);
  expect(await runMission(input)).toEqual({ kind: 'failed', code: 'provider_auth', message: 'key rejected' });
  expect(provider.requests).toHaveLength(1);
});

test('an error nobody foresaw is reported, tried again, and does not show its text to the client', async () => {
  const bug = new TypeError('cannot read /srv/secret');
  const seen: unknown[] = [];
  const { input } = createScene([bug, bug, bug], [], { onUnexpected: (error, { step }) => seen.push([error, step]) });
  const outcome = await runMission(input);
  expect(outcome).toMatchObject({ kind: 'failed', code: 'internal_error' });
  expect(outcome).not.toMatchObject({ message: expect.stringContaining('secret') });
  expect(seen).toEqual([
    [bug, 1],
    [bug, 1],
    [bug, 1],
  ]);
});

test('a stop during a wait ends the wait and takes the spent tries along', async () => {
  const { input, stop } = createScene([overloaded(), says('ok')], [], { sleep });
  const outcome = runMission(input);
  setImmediate(() => stop.request('drain'));
  expect(await outcome).toEqual({ kind: 'stopped', reason: 'drain', tries: 1, failingForMs: 0 });
});

test('text of an abandoned call is no longer passed on, and a listener that throws ends nothing', async () => {
  const heard: string[] = [];
  const seen: unknown[] = [];
  let late: ((delta: string) => void) | undefined;
  const { input } = createScene(
    [
      async (_request, hooks) => {
        late = hooks.onText;
        hooks.onText?.('a');
        throw overloaded();
      },
      async (_request, hooks) => {
        late?.('ghost');
        hooks.onText?.('b');
        return says('b');
      },
    ],
    [],
    {
      onUnexpected: (error) => seen.push(error),
      onText(delta, { try: go }) {
        heard.push(`${go}${delta}`);
        throw new Error('listener');
      },
    },
  );
  expect(await runMission(input)).toMatchObject({ kind: 'completed', output: 'b' });
  expect(heard).toEqual(['1a', '2b']);
  expect(seen).toHaveLength(2);
});

test('what Postgres cannot hold is cleaned out of a reply before it is committed', async () => {
  const response = calls(toolCall('echo', { text: 'a\0b', '\ud800': ['\udfff'] }));
  response.message.content.unshift({ type: 'text', text: 'x\0y\ud83d' });
  const { input, journal } = createScene([response, says('ok')], [echo]);
  await runMission(input);
  const committed = JSON.stringify(journal.steps);
  expect(committed).not.toMatch(/\\u0000|\\ud[89a-f]/i);
  expect(journal.steps[0]?.toolCalls[0]?.input).toEqual({ text: 'a\u{fffd}b', '\u{fffd}': ['\u{fffd}'] });
});
