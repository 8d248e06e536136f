import type { MissionSpec } from '@flotilla/core';
import { RetryableError } from '@flotilla/core';
import { expect, test } from 'vitest';
import { createMemoryJournal } from './memory-journal.ts';
import type { ModelRequest } from './provider.ts';
import { runMission } from './run.ts';
import { crashAfter, isCrashOrOutcome } from './testing/crash.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, MISSION_ID, says, toolCall } from './testing/spec.ts';
import { createTool, echo } from './testing/tools.ts';

const other = createTool('other', async () => 'other');

const chain: MissionSpec['chain'] = [
  { name: 'manager', model: 'sim/plan', instructions: 'plan it', tools: [] },
  { name: 'developer', model: 'sim/build', instructions: null, tools: ['echo'] },
  { name: 'tester', model: 'sim/test', instructions: 'break it', tools: ['other'] },
];
const spec = createSpec({ goal: 'a clock', chain });

/** What each role does follows from its own conversation, as with a real model: the developer calls a tool first. */
async function play(request: ModelRequest) {
  const isBegun = request.messages.length > 1;
  if (request.model === 'build' && !isBegun) return calls(toolCall('echo', { text: 'x' }));
  return says(`${request.model} done`);
}

function createChainScene() {
  return createScene(
    Array.from({ length: 12 }, () => play),
    [echo, other],
    { spec },
  );
}

const textsOf = ({ messages }: ModelRequest) =>
  messages.flatMap((message) =>
    message.role === 'tool'
      ? message.results.map(({ content }) => content)
      : message.content.map((part) => (part.type === 'text' ? part.text : part.type)),
  );

test('each role has its own model, instructions, tools and conversation, and hands its answer on', async () => {
  const { input, provider, journal } = createChainScene();
  expect(await runMission(input)).toEqual({ kind: 'completed', output: 'test done' });
  expect(provider.requests.map(({ model, system, tools }) => [model, system, tools.map(({ name }) => name)])).toEqual([
    ['plan', 'plan it', []],
    ['build', null, ['echo']],
    ['build', null, ['echo']],
    ['test', 'break it', ['other']],
  ]);
  const handed = (from: string, text: string) =>
    `a clock\n\nThe role before you, "${from}", has handed this on to you:\n<handed_on>\n${text}\n</handed_on>`;
  expect(provider.requests.map(textsOf)).toEqual([
    ['a clock'],
    [handed('manager', 'plan done')],
    [handed('manager', 'plan done'), 'tool_call', 'echo: x'],
    [handed('developer', 'build done')],
  ]);
  expect(journal.steps.map(({ number, chainStage }) => [number, chainStage])).toEqual([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
  ]);
});

test.each([0, 1, 2, 3, 4, 5])(
  'cut off after %i commits, a chain goes on in the role it was in and repeats nothing',
  async (after) => {
    for (const isLastAnswerLost of [false, true]) {
      const whole = createChainScene();
      await runMission(whole.input);
      const cut = createChainScene();
      const first = runMission({ ...cut.input, journal: crashAfter(cut.journal, after, isLastAnswerLost) });
      expect(await first.catch((error: unknown) => error)).toSatisfy(isCrashOrOutcome);
      const before = cut.journal.steps;
      const resumed = createChainScene();
      const journal = createMemoryJournal({ missionId: MISSION_ID, attempt: 2, steps: before });
      expect(await runMission({ ...resumed.input, steps: before, journal })).toEqual({
        kind: 'completed',
        output: 'test done',
      });
      expect(resumed.provider.requests.map(textsOf)).toEqual(whole.provider.requests.map(textsOf).slice(before.length));
      expect(journal.steps.map(({ chainStage }) => chainStage)).toEqual([0, 1, 1, 2]);
    }
  },
);

test('the steps of all roles count towards the limit of the mission', async () => {
  const limits = { maxSteps: 3, maxOutputTokens: 10 };
  const { input, provider } = createScene([play, play, play, play], [echo, other], { spec: { ...spec, limits } });
  expect(await runMission(input)).toMatchObject({ kind: 'failed', code: 'max_steps' });
  expect(provider.requests).toHaveLength(3);
});

test('a role whose model refuses ends the mission; nothing is handed on', async () => {
  const { input, provider } = createScene([says('no', 'refusal'), play], [echo, other], { spec });
  expect(await runMission(input)).toMatchObject({ kind: 'failed', code: 'model_refused' });
  expect(provider.requests).toHaveLength(1);
});

test('a role may not call a tool of another', async () => {
  const { input, journal } = createScene([says('plan'), calls(toolCall('other')), play, play], [echo, other], { spec });
  await runMission(input);
  expect(journal.steps[1]?.toolCalls[0]?.result).toMatchObject({
    isError: true,
    content: expect.stringContaining('The tools of this mission are: echo.'),
  });
});

const agent = { id: 'agt_1', name: 'counter', version: 1 };
const number = { type: 'number' };
const counting: NonNullable<MissionSpec['chain']> = [
  {
    name: 'counter',
    model: 'sim/count',
    instructions: 'count',
    tools: ['echo'],
    agent,
    modelOptions: { temperature: 0 },
    limits: { maxSteps: 2, maxOutputTokens: 77 },
    outputSchema: number,
    smallModel: 'sim/small',
    fallbackModels: ['sim/other'],
  },
  { name: 'writer', model: 'sim/write', instructions: 'write', tools: [] },
];

function playCounting(answer: (request: ModelRequest) => ReturnType<typeof says> | Error) {
  const one = async (request: ModelRequest) => {
    const made = answer(request);
    if (made instanceof Error) throw made;
    return made;
  };
  return createScene(
    Array.from({ length: 12 }, () => one),
    [echo],
    { spec: createSpec({ modelOptions: { temperature: 1 }, fallbackModels: ['sim/last'], chain: counting }) },
  );
}

test('an agent that plays a role is played as it is: its options, its limits, its form of answer, its other models', async () => {
  const down = new RetryableError('provider_suspended', 'left alone');
  const { input, provider } = playCounting(({ model, outputSchema }) => {
    if (model === 'count') return down;
    if (model === 'other') return says('three');
    return says(outputSchema ? '3' : 'three it is');
  });
  expect(await runMission(input)).toEqual({ kind: 'completed', output: 'three it is' });
  const asked = provider.requests.map(({ model, options, maxOutputTokens, outputSchema }) => [
    model,
    options,
    maxOutputTokens,
    outputSchema,
  ]);
  // What its own model takes, another may refuse.
  expect(asked).toEqual([
    ['count', { temperature: 0 }, 77, number],
    ['other', {}, 77, number],
    ['small', {}, 77, number],
    ['write', { temperature: 1 }, 1_000, undefined],
  ]);
});

test('a role that does not come to an answer within its own steps ends the mission', async () => {
  const { input, journal } = playCounting(() => calls(toolCall('echo', { text: 'again' })));
  expect(await runMission(input)).toMatchObject({
    kind: 'failed',
    code: 'max_steps',
    message: 'No answer after 2 steps, the limit of the role counter',
  });
  expect(journal.steps).toHaveLength(2);
});

test('an answer of a role that is still in the wrong form when it was mended is not handed on', async () => {
  const { input } = playCounting(({ model }) => says(model === 'write' ? 'written' : 'no number'));
  expect(await runMission(input)).toMatchObject({ kind: 'failed', code: 'output_invalid' });
});
