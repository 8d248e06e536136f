import { type ModelResponse, NO_USAGE, RetryableError } from '@flotilla/core';
import { expect, test } from 'vitest';
import { NoRoomError } from './limits/no-room.ts';
import type { ModelRequest } from './provider.ts';
import { runMission } from './run.ts';
import { createAskingScene, createBudget, llm } from './testing/asking.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';

const page = createTool('page', async () => 'a page', { untrusted: true });

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

test('an answer that was given before is free, shown as such, and had although the budget has no room', async () => {
  const kept = new Map<string, ModelResponse>();
  const responses = {
    read: async (key: string) => kept.get(key) ?? null,
    write: (key: string, response: ModelResponse) => void kept.set(key, response),
  };
  await runMission(createAskingScene([{ question: 'a' }], () => says('so'), { responses }).input);
  const { budget } = createBudget(0);
  const committed: unknown[] = [];
  const { input, asked, results, journal } = createAskingScene([{ question: 'a' }], () => says('no'), {
    responses,
    budget,
  });
  const commitToolResult: typeof journal.commitToolResult = (commit) => {
    committed.push(commit.sideCall);
    return journal.commitToolResult(commit);
  };
  await runMission({ ...input, journal: { ...journal, commitToolResult } });
  expect([asked, results()]).toMatchObject([[], [{ content: 'so', isError: false }]]);
  expect(committed).toMatchObject([{ cached: true, response: { usage: NO_USAGE } }]);
});
