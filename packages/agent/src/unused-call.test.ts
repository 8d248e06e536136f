import type { ModelResponse, UnusedCallCommit } from '@flotilla/core';
import { RetryableError } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import type { Budget } from './budget/budget.ts';
import type { CallCost, CallHooks, ModelRequest } from './provider.ts';
import { createAnthropicProvider } from './providers/anthropic/provider.ts';
import { anthropicFixture } from './providers/testing/anthropic-fixture.ts';
import { createAnswers, startWireServer } from './providers/testing/wire-server.ts';
import { runMission } from './run.ts';
import { createStop, type Stop } from './stop.ts';
import { createAskingScene } from './testing/asking.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { echo } from './testing/tools.ts';

const SPENT: CallCost = {
  provider: 'sim',
  model: 'script',
  usage: { inputTokens: 100_000, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 300 },
};

const cut = () => new RetryableError('provider_stream_cut', 'it broke off');

/** As a provider does whose stream has begun, and breaks off. */
function breakOff({ onSpent }: CallHooks, error: Error = cut()): never {
  onSpent?.(SPENT);
  throw error;
}

describe('a reply that breaks off', () => {
  test('is paid with what its provider had said of it, each time, beside the one that comes in the end', async () => {
    await using server = await startWireServer();
    const reply = anthropicFixture.render({ text: ['hi'], stop: 'end', usage: { input: 100_000, output: 5 } });
    const { cutAfter, stream } = createAnswers();
    let asked = 0;
    server.answerWith((response, request) => {
      asked += 1;
      const isCut = asked < 3;
      return (isCut ? cutAfter(reply, reply.indexOf('hi')) : stream(reply))(response, request);
    });
    const provider = createAnthropicProvider({ apiKey: 'x', baseUrl: server.url });
    const spec = createSpec({ model: `anthropic/${anthropicFixture.model}` });
    const { input, journal } = createScene([], [], { spec, providers: () => provider });
    expect(await runMission(input)).toMatchObject({ kind: 'completed', output: 'hi' });
    const inputTokens = (lines: readonly { response: CallCost }[]) =>
      lines.reduce((sum, { response }) => sum + response.usage.inputTokens, 0);
    expect([asked, inputTokens(journal.steps), inputTokens(journal.unusedCalls)]).toEqual([3, 100_000, 200_000]);
    expect(journal.unusedCalls).toMatchObject([
      { step: 1, index: null, isPartial: true, response: { provider: 'anthropic' } },
      { step: 1, index: null, isPartial: true },
    ]);
    expect(journal.unusedCalls[0]?.response.usage.costMicroUsd).toBeGreaterThan(0);
  });

  test('is paid by itself where a tool has asked for it, and where it was a summary', async () => {
    const failures = [cut(), cut()];
    const asking = createAskingScene([{ question: 'a' }], (_request, hooks) => {
      const failure = failures.pop();
      return failure ? breakOff(hooks, failure) : says('b');
    });
    await runMission(asking.input);
    const line = { step: 1, index: 0, isPartial: true, response: SPENT };
    expect(asking.journal.unusedCalls).toEqual([line, line]);

    const { journal } = await playWithSummaries(async (_request, hooks) => breakOff(hooks));
    expect(journal.unusedCalls[0]).toEqual({
      step: 26,
      index: null,
      isSummary: true,
      isPartial: true,
      response: SPENT,
    });
  });

  test.each([
    ['broke off', cut()],
    ['was called off by its provider in the middle', new RetryableError('provider_overloaded', 'busy')],
  ])(
    'and that %s keeps what was reserved, less what is paid: the next go has a reservation of its own',
    async (_, error) => {
      const reserved: number[] = [];
      const budget: Budget = {
        priceOf: () => 1,
        async reserve({ number }) {
          reserved.push(number);
          return { kind: 'reserved' };
        },
        giveBack: () => Promise.resolve(),
      };
      const { input, journal } = createScene([async (_request, hooks) => breakOff(hooks, error), says('ok')], [], {
        budget,
      });
      await runMission(input);
      expect(journal.unusedCalls).toMatchObject([{ isPartial: true, reservation: 1 }]);
      expect([reserved, journal.steps]).toMatchObject([[1, 2], [{ reservation: 2 }]]);
    },
  );

  test('writes nothing that is no count, and ends the run where the line cannot be written', async () => {
    const odd = { ...SPENT, usage: { ...SPENT.usage, inputTokens: 0.5 } };
    const strange = createScene([
      async (_request, { onSpent }) => {
        onSpent?.(odd);
        throw cut();
      },
      says('ok'),
    ]);
    expect(await runMission(strange.input)).toMatchObject({ kind: 'completed' });
    expect(strange.journal.unusedCalls).toEqual([]);

    const { input, journal, provider } = createScene([async (_request, hooks) => breakOff(hooks), says('ok')]);
    const lost = new Error('the database is gone');
    const commitUnusedCall = () => Promise.reject(lost);
    await expect(runMission({ ...input, journal: { ...journal, commitUnusedCall } })).rejects.toBe(lost);
    expect(provider.requests).toHaveLength(1);
  });
});

describe('a reply that comes a moment after its mission was stopped', () => {
  const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  /** A model that does not listen: it answers 20 ms after the stop. */
  const late = (stop: Stop, reason: 'cancel' | 'deadline' | 'fenced') => async (): Promise<ModelResponse> => {
    stop.request(reason);
    await after(20);
    return says('paid for');
  };
  const whole: Partial<UnusedCallCommit> = { response: { provider: 'sim', model: 'script', usage: says('').usage } };

  test('is paid, though it is of no use', async () => {
    const stop = createStop();
    const { input, journal } = createScene([late(stop, 'cancel')], [], { stop });
    expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'cancel' });
    expect([journal.steps, journal.unusedCalls]).toEqual([[], [{ step: 1, index: null, ...whole }]]);
  });

  test('is paid where it was a summary', async () => {
    const stop = createStop();
    const { journal } = await playWithSummaries(late(stop, 'deadline'), stop);
    expect(journal.summaries).toEqual([]);
    expect(journal.unusedCalls).toEqual([{ step: 26, index: null, isSummary: true, ...whole }]);
  });

  test('is not where the mission is another attempt’s', async () => {
    const stop = createStop();
    const { input, journal } = createScene([late(stop, 'fenced')], [], { stop });
    expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'fenced' });
    expect(journal.unusedCalls).toEqual([]);
  });

  test('is paid with what was known of it where the call ended with the stop', async () => {
    const stop = createStop();
    const aborted = ({ signal, onSpent }: CallHooks) =>
      new Promise<ModelResponse>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          onSpent?.(SPENT);
          reject(signal.reason);
        });
        setImmediate(() => stop.request('cancel'));
      });
    const { input, journal } = createScene([(_request, hooks) => aborted(hooks)], [], { stop });
    await runMission(input);
    expect(journal.unusedCalls).toEqual([{ step: 1, index: null, isPartial: true, response: SPENT }]);
  });
});

/** A mission long enough for one summary, which `small` is asked for. */
async function playWithSummaries(
  small: (request: ModelRequest, hooks: CallHooks) => Promise<ModelResponse>,
  stop: Stop = createStop(),
) {
  const move = async (request: ModelRequest, hooks: CallHooks) => {
    if (request.model === 'small') return small(request, hooks);
    const { step } = request.context;
    return step > 26 ? says('done') : calls(toolCall('echo', { text: `${step}` }, `c${step}`));
  };
  const spec = createSpec({
    tools: ['echo'],
    smallModel: 'sim/small',
    summarize: true,
    limits: { maxSteps: 30, maxOutputTokens: 100 },
  });
  const scene = createScene(
    Array.from({ length: 60 }, () => move),
    [echo],
    { spec, stop },
  );
  await runMission(scene.input);
  return scene;
}
