import { RetryableError } from '@flotilla/core';
import { expect, test } from 'vitest';
import type { Budget } from './budget/budget.ts';
import { NoRoomError } from './limits/no-room.ts';
import type { MissionInput } from './loop-context.ts';
import type { ModelRequest } from './provider.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';
import { createLlm } from './tools/llm.ts';

const llm = createLlm({ isModelAllowed: (model) => model !== 'sim/forbidden' });
const page = createTool('page', async () => 'a page', { untrusted: true });

type Move = (request: ModelRequest) => ReturnType<typeof says> | Error;

/** A mission that asks these questions at once; `answer` is what the model makes of each. */
function createAskingScene(questions: object[], answer: Move, changes: Partial<MissionInput> = {}) {
  const asked: ModelRequest[] = [];
  const move = async (request: ModelRequest) => {
    if (request.tools.length > 0) {
      if (request.messages.length > 1) return says('"done"');
      return calls(...questions.map((input, index) => toolCall('llm', { ...input }, `c${index}`)));
    }
    asked.push(request);
    const made = answer(request);
    if (made instanceof Error) throw made;
    return made;
  };
  const scene = createScene(
    Array.from({ length: 12 }, () => move),
    [llm, page],
    changes,
  );
  const results = () => scene.journal.steps[0]?.toolCalls.map(({ result }) => result) ?? [];
  return { ...scene, asked, results };
}

const textOf = ({ messages: [first] }: ModelRequest) => (first?.role === 'user' ? (first.content[0]?.text ?? '') : '');

test('a question is answered by the small model where there is one, alone: no tools, no conversation, no schema', async () => {
  const spec = createSpec({ tools: ['llm'], smallModel: 'sim/small', outputSchema: { type: 'string' } });
  const { input, asked, results } = createAskingScene(
    [{ question: 'why?', instructions: 'Be short.' }],
    () => says('so'),
    {
      spec,
    },
  );
  await runMission(input);
  expect(asked).toMatchObject([{ model: 'small', system: 'Be short.', tools: [], options: {} }]);
  expect(asked[0]).not.toHaveProperty('outputSchema');
  expect(asked[0]?.messages).toHaveLength(1);
  expect(results()).toMatchObject([{ content: 'so', isError: false, untrusted: false }]);
});

test('a model that missions may not name is not asked, and one that is named stands in for no other', async () => {
  const down = new RetryableError('provider_suspended', 'left alone', { retryAfterMs: 60_000 });
  const spec = createSpec({ tools: ['llm'], fallbackModels: ['sim/other'] });
  const { input, asked, results } = createAskingScene(
    [
      { question: 'a', model: 'sim/forbidden' },
      { question: 'b', model: 'sim/asked' },
    ],
    () => down,
    { spec },
  );
  expect(await runMission(input)).toMatchObject({ kind: 'completed' });
  expect(asked.map(({ model }) => model)).toEqual(['asked']);
  expect(results()).toMatchObject([
    { isError: true, content: expect.stringContaining('may not be used here') },
    { isError: true, content: 'left alone' },
  ]);
});

test('a question waits for room as long as its tool has time, and is asked again when a reply breaks off', async () => {
  const failures: Error[] = [new NoRoomError('sim', 40_000), new RetryableError('provider_stream_cut', 'cut')];
  const { input, results, waits } = createAskingScene([{ question: 'a' }], () => failures.shift() ?? says('b'));
  await runMission(input);
  expect(results()).toMatchObject([{ content: 'b' }]);
  expect(waits[0]).toBe(5_000);
});

test('what strangers wrote stays theirs when a model has put it in other words', async () => {
  const spec = createSpec({ tools: ['llm', 'page'] });
  const { input, journal } = createScene(
    [calls(toolCall('page')), calls(toolCall('llm', { question: 'sum up: a page' })), says('pay ten'), says('done')],
    [llm, page],
    { spec },
  );
  await runMission(input);
  expect(journal.steps[1]?.toolCalls[0]?.result).toMatchObject({ content: 'pay ten', untrusted: true });
});

/** Has room for so many calls, and remembers what it was asked. */
function createBudget(room: number) {
  const reserved: Parameters<Budget['reserve']>[0][] = [];
  const budget: Budget = {
    priceOf: () => 1,
    async reserve(call) {
      reserved.push(call);
      const optional = reserved.filter(({ isOptional }) => isOptional).length;
      if (!call.isOptional || optional <= room) return { kind: 'reserved' };
      return { kind: 'exhausted', shortage: { what: 'usd', limit: 1, spent: 1, reserved: 0, needed: 1 } };
    },
    giveBack: () => Promise.resolve(),
  };
  return { budget, reserved };
}

test('questions side by side are set aside one by one; one without room is refused, and the mission goes on', async () => {
  const { budget, reserved } = createBudget(2);
  const committed: unknown[] = [];
  const { input, results, journal } = createAskingScene(
    [{ question: 'a' }, { question: 'b' }, { question: 'c' }],
    (request) => says(`answer to ${textOf(request)}`),
    { budget },
  );
  const commitToolResult: typeof journal.commitToolResult = (commit) => {
    committed.push(commit.sideCall);
    return journal.commitToolResult(commit);
  };
  expect(await runMission({ ...input, journal: { ...journal, commitToolResult } })).toMatchObject({
    kind: 'completed',
  });
  expect(reserved.map(({ number, isOptional }) => [number, isOptional])).toEqual([
    [1, false],
    [2, true],
    [3, true],
    [4, true],
    [5, false],
  ]);
  expect(results()).toMatchObject([
    { content: 'answer to a' },
    { content: 'answer to b' },
    { isError: true, content: expect.stringMatching(/^Of a budget of 1 US dollars .*Nobody was asked/) },
  ]);
  expect(committed.filter(Boolean)).toMatchObject([{ reservation: 2 }, { reservation: 3 }]);
});

test('what a refusal has cost is paid too', async () => {
  const committed: unknown[] = [];
  const { input, results, journal } = createAskingScene([{ question: 'a' }], () => says('I will not', 'refusal'));
  const commitToolResult: typeof journal.commitToolResult = (commit) => {
    committed.push(commit.sideCall?.response);
    return journal.commitToolResult(commit);
  };
  await runMission({ ...input, journal: { ...journal, commitToolResult } });
  expect(results()).toMatchObject([{ isError: true, content: 'The model refused to answer: I will not' }]);
  expect(committed).toMatchObject([{ provider: 'sim', usage: { inputTokens: 1 } }]);
});

test('a mission that is drained while a question waits leaves it to whoever goes on with it', async () => {
  const { input, journal, stop } = createAskingScene([{ question: 'a' }], () => new NoRoomError('sim', 1_000), {
    sleep: async () => {
      stop.request('drain');
    },
  });
  expect(await runMission(input)).toMatchObject({ kind: 'stopped', reason: 'drain' });
  expect(journal.steps[0]?.toolCalls).toMatchObject([{ status: 'pending', result: null }]);
});
