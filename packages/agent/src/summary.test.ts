import {
  HISTORY_WINDOW_MESSAGES,
  type ModelResponse,
  RetryableError,
  type SummaryCommit,
  TerminalError,
} from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import type { Budget } from './budget/budget.ts';
import type { MissionInput } from './loop-context.ts';
import { createMemoryJournal } from './memory-journal.ts';
import type { ModelRequest, Provider } from './provider.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, MISSION_ID, says, toolCall } from './testing/spec.ts';
import { echo } from './testing/tools.ts';

const STEPS = 90;

/** A model that calls a tool in every step until the last, and a small one that says which calls it was shown. */
function createModels(small: (asks: number) => Partial<ModelResponse> | void = () => undefined, pad = '') {
  const requests: ModelRequest[] = [];
  const asked: ModelRequest[] = [];
  const provider: Provider = {
    name: 'sim',
    async call(request) {
      if (request.model === 'small') {
        asked.push(request);
        const changes = small(asked.length);
        return { ...says(`notes ${asked.length}`), ...changes, usage: { ...says('').usage, costMicroUsd: 7 } };
      }
      requests.push(request);
      const { step } = request.context;
      return step === STEPS ? says('done') : calls(toolCall('echo', { text: `t${step}${pad}` }, `call_${step}`));
    },
  };
  return { provider, requests, asked };
}

const SPEC = createSpec({
  tools: ['echo'],
  smallModel: 'sim/small',
  summarize: true,
  limits: { maxSteps: STEPS, maxOutputTokens: 100 },
});

function play(provider: Provider, changes: Partial<MissionInput> = {}) {
  const scene = createScene([], [echo], { spec: SPEC, providers: () => provider, ...changes });
  return { scene, outcome: runMission(scene.input) };
}

/** The steps whose calls a request shows. */
function shownIn({ messages }: ModelRequest): number[] {
  return messages.flatMap((message) =>
    message.role === 'tool' ? message.results.map(({ toolCallId }) => Number(toolCallId.replace('call_', ''))) : [],
  );
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The newest summary that a step was played with. */
const before = (summaries: readonly SummaryCommit[], step: number) =>
  summaries.findLast(({ summary }) => summary.step <= step)?.summary;

describe('a mission whose agent wants summaries', () => {
  it('is shown one in place of the steps that its window has passed by: no step is in neither', async () => {
    const { provider, requests, asked } = createModels();
    const { scene, outcome } = play(provider);
    expect(await outcome).toEqual({ kind: 'completed', output: 'done' });
    const { summaries } = scene.journal;
    expect(summaries.length).toBeGreaterThan(2);
    expect(asked).toHaveLength(summaries.length);
    for (const request of requests) {
      const { step } = request.context;
      const summary = before(summaries, step);
      expect(request.messages.length).toBeLessThanOrEqual(HISTORY_WINDOW_MESSAGES);
      expect(shownIn(request)).toEqual(upTo((summary?.upToStep ?? 0) + 1, step - 1));
      const [goal] = request.messages;
      expect(JSON.stringify(goal).includes('<summary>')).toBe(summary !== undefined);
      expect(JSON.stringify(goal)).toContain(summary?.text ?? SPEC.goal);
    }
    // Each goes on from the one before, and is paid like any other call.
    expect(JSON.stringify(asked[1]?.messages)).toContain('notes 1');
    expect(summaries.map(({ response }) => response.usage.costMicroUsd)).toEqual(summaries.map(() => 7));
  });

  it('goes on after a resume with the summary it has, and asks for none that was committed', async () => {
    const whole = createModels();
    const first = play(whole.provider);
    await first.outcome;
    const { steps, summaries } = first.scene.journal;
    for (const at of [26, 40, 80]) {
      const rest = createModels();
      const made = summaries.filter(({ summary: { step } }) => step <= at + 1);
      const earlier = steps.slice(0, at);
      const journal = createMemoryJournal({ missionId: MISSION_ID, attempt: 2, steps: earlier });
      await play(rest.provider, { steps: earlier, summary: made.at(-1)?.summary ?? null, journal }).outcome;
      expect(rest.asked).toHaveLength(summaries.length - made.length);
      expect(rest.requests.map(shownIn)).toEqual(whole.requests.slice(at).map(shownIn));
    }
  });

  it('is not asked again, after a resume at any step, for one whose reply was of no use: half a window has to pass', async () => {
    for (const useless of [1, 2]) {
      const whole = createModels((asks) => (asks === useless ? says('half a no', 'max_tokens') : undefined));
      const first = play(whole.provider);
      await first.outcome;
      const { steps, summaries } = first.scene.journal;
      const askedFor = summaries.map(({ summary: { step } }) => step);
      const [tried = 0, next = 0] = askedFor.slice(useless - 1);
      for (const at of [tried - 1, tried, next - 2, next - 1]) {
        const rest = createModels();
        const made = summaries.filter(({ summary: { step } }) => step <= at + 1);
        const earlier = steps.slice(0, at);
        const journal = createMemoryJournal({ missionId: MISSION_ID, attempt: 2, steps: earlier });
        await play(rest.provider, { steps: earlier, summary: made.at(-1)?.summary ?? null, journal }).outcome;
        const again = journal.summaries.map(({ summary: { step } }) => step);
        expect([useless, at, again]).toEqual([useless, at, askedFor.slice(made.length)]);
      }
    }
  });

  it('does without one that cannot be had', async () => {
    const { provider, requests } = createModels(() => {
      throw new RetryableError('provider_overloaded', 'busy');
    });
    const { scene, outcome } = play(provider);
    expect(await outcome).toEqual({ kind: 'completed', output: 'done' });
    expect(scene.journal.summaries).toEqual([]);
    const shown = requests.map(({ messages }) => messages.length);
    expect(Math.max(...shown)).toBeLessThanOrEqual(HISTORY_WINDOW_MESSAGES);
    expect(Math.min(...shown.slice(HISTORY_WINDOW_MESSAGES / 2))).toBeGreaterThanOrEqual(
      HISTORY_WINDOW_MESSAGES / 2 - 1,
    );
  });

  it('does without one that its budget has no room for, which is asked for as what it can do without', async () => {
    const { provider, asked } = createModels();
    const kinds = new Set<boolean>();
    const budget: Budget = {
      priceOf: () => 1,
      async reserve({ isOptional }) {
        kinds.add(isOptional);
        const shortage = { what: 'usd', limit: 1, spent: 1, reserved: 0, needed: 1 } as const;
        return isOptional ? { kind: 'exhausted', shortage } : { kind: 'reserved' };
      },
      giveBack: () => Promise.resolve(),
    };
    expect(await play(provider, { budget }).outcome).toMatchObject({ kind: 'completed' });
    expect([asked.length, kinds.size]).toEqual([0, 2]);
  });

  it('keeps the notes it has where the reply was cut off, refuses or is blank, pays for that, and does not ask at each step', async () => {
    const useless = [says('half a no', 'max_tokens'), says('no', 'refusal'), says(' ')];
    for (const reply of useless) {
      const { provider, requests, asked } = createModels((asks) => (asks === 2 ? reply : undefined));
      const { scene, outcome } = play(provider);
      expect(await outcome).toEqual({ kind: 'completed', output: 'done' });
      const { summaries } = scene.journal;
      expect(summaries.map(({ summary }) => summary.text).slice(0, 3)).toEqual(['notes 1', 'notes 1', 'notes 3']);
      expect(summaries[1]?.summary).toEqual({ ...summaries[0]?.summary, step: summaries[1]?.summary.step });
      expect(summaries[1]?.response.usage.costMicroUsd).toBe(7);
      const at = summaries.slice(1, 3).map(({ summary: { step } }) => step);
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(10);
      const meanwhile = requests.filter(({ context: { step } }) => step >= (at[0] ?? 0) && step < (at[1] ?? 0));
      for (const request of meanwhile) expect(JSON.stringify(request.messages[0])).toContain('notes 1');
      expect(JSON.stringify(asked[2]?.messages)).toContain('notes 1');
    }
  });

  it('is shown its window as it was where the first reply is of no use, and told of it all in the next', async () => {
    const { provider, requests, asked } = createModels((asks) => (asks === 1 ? says('') : undefined));
    const { scene, outcome } = play(provider);
    expect(await outcome).toEqual({ kind: 'completed', output: 'done' });
    const [first, second] = scene.journal.summaries.map(({ summary: { step } }) => step);
    const meanwhile = requests.filter(({ context: { step } }) => step < (second ?? 0));
    expect(JSON.stringify(meanwhile.map(({ messages }) => messages))).not.toContain('<summary>');
    expect(meanwhile.length).toBeGreaterThan(first ?? STEPS);
    expect(JSON.stringify(asked[1]?.messages)).toContain('echo: t1\\n');
  });

  it('hands on the notes before, however long the work since has been', async () => {
    const { provider, asked } = createModels(undefined, 'x'.repeat(6_000));
    await play(provider).outcome;
    expect(asked.length).toBeGreaterThan(2);
    for (const [index, { messages }] of asked.entries()) {
      expect(JSON.stringify(messages).includes(`notes ${index}`)).toBe(index > 0);
    }
  });

  it('has none unless it wants them', async () => {
    const { provider, asked } = createModels();
    const { summarize: _summarize, ...spec } = SPEC;
    await play(provider, { spec }).outcome;
    expect(asked).toEqual([]);
  });
});

describe('a small model', () => {
  it('mends an answer that is not valid, and the role’s own does where it cannot be had', async () => {
    const asked: string[] = [];
    let isAway = false;
    const provider: Provider = {
      name: 'sim',
      async call({ model }) {
        asked.push(model);
        if (model === 'small' && isAway) throw new RetryableError('provider_overloaded', 'busy');
        return says(asked.length === 1 ? 'forty-two' : '42');
      },
    };
    const spec = createSpec({ smallModel: 'sim/small', outputSchema: { type: 'integer' } });
    const mended = { kind: 'completed', output: '42' };
    expect(await play(provider, { spec }).outcome).toEqual(mended);
    expect(asked).toEqual(['script', 'small']);
    asked.length = 0;
    isAway = true;
    expect(await play(provider, { spec }).outcome).toEqual(mended);
    expect(asked).toEqual(['script', 'small', 'script']);
  });

  it('that refuses to mend, whatever for, leaves it to the role’s own, and is told nothing that is only that one’s', async () => {
    const asked: unknown[] = [];
    const refuses = (failure: Error): Provider => ({
      name: 'sim',
      async call({ model, options }) {
        asked.push([model, options]);
        if (model === 'small') throw failure;
        return says(asked.length === 1 ? 'forty-two' : '42');
      },
    });
    const modelOptions = { reasoningEffort: 'max' } as const;
    const spec = createSpec({ smallModel: 'sim/small', modelOptions, outputSchema: { type: 'integer' } });
    for (const code of ['provider_refused_request', 'provider_bad_response'] as const) {
      asked.length = 0;
      const Failure = code === 'provider_bad_response' ? RetryableError : TerminalError;
      const { scene, outcome } = play(refuses(new Failure(code, 'It knows no effort.')), { spec });
      expect(await outcome).toEqual({ kind: 'completed', output: '42' });
      expect(asked).toEqual([
        ['script', modelOptions],
        ['small', {}],
        ['script', modelOptions],
      ]);
      expect(scene.journal.steps[1]?.passedOver).toMatchObject([{ model: 'small', code }]);
    }
  });
});
