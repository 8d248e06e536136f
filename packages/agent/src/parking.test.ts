import type { Answered, ChildEnd, JsonValue } from '@flotilla/core';
import { CHILD_DEPTH_MAX, CHILDREN_MAX } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { hashArguments } from './arguments-hash.ts';
import type { MissionInput } from './loop-context.ts';
import type { Parked } from './outcome.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { createTool, echo } from './testing/tools.ts';
import { askUser } from './tools/ask-user.ts';
import { createRunMission } from './tools/run-mission.ts';

const runs: string[] = [];
const pay = createTool('pay', async ({ text = 'all' }) => (runs.push(text), `paid ${text}`), {
  idempotent: false,
  needsApproval: true,
});
const runMissionTool = createRunMission({ isModelAllowed: (model) => model !== 'sim/secret' });

const ask = (question: string, id = 'call_ask') => toolCall('ask_user', { question }, id);
const child = (input: { [key: string]: JsonValue }, id: string) => toolCall('run_mission', input, id);

function createParkingScene(moves: Parameters<typeof createScene>[0], changes: Partial<MissionInput> = {}) {
  runs.length = 0;
  return createScene(moves, [askUser, runMissionTool, pay, echo], changes);
}

/** Plays until it parks, then again with these answers. */
async function parkAndAnswer(moves: Parameters<typeof createScene>[0], answers: Answered[]) {
  const scene = createParkingScene(moves);
  const parked = await runMission(scene.input);
  expect(parked).toMatchObject({ kind: 'parked' });
  const outcome = await runMission({ ...scene.input, steps: scene.journal.steps, answers });
  return { scene, outcome, results: scene.journal.steps[0]?.toolCalls.map(({ result }) => result) };
}

const answered = (kind: Answered['kind'], answer: JsonValue, changes: Partial<Answered> = {}): Answered => ({
  kind,
  step: 1,
  index: 0,
  answer,
  expired: false,
  argumentsHash: null,
  ...changes,
});

describe('a mission whose model asks somebody', () => {
  test('parks once for all its open calls, after all others of the step are committed', async () => {
    const { input, journal, provider } = createParkingScene([
      calls(
        ask('which?'),
        toolCall('echo', { text: 'a' }),
        toolCall('pay', { text: 'ten' }),
        child({ goal: 'g' }, 'c'),
      ),
    ]);
    const parked = await runMission(input);
    expect(parked).toMatchObject({
      kind: 'parked',
      tries: 0,
      asks: [
        { kind: 'input', step: 1, index: 0, request: { question: 'which?' }, argumentsHash: null },
        {
          kind: 'approval',
          step: 1,
          index: 2,
          request: { tool: 'pay', arguments: { text: 'ten' } },
          argumentsHash: hashArguments({ text: 'ten' }),
        },
      ],
      children: [{ step: 1, index: 3, spec: { goal: 'g' } }],
    });
    expect(journal.steps[0]?.toolCalls.map(({ status }) => status)).toEqual([
      'pending',
      'completed',
      'pending',
      'pending',
    ]);
    expect(runs).toEqual([]);
    expect(provider.requests).toHaveLength(1);
  });

  test('goes on with the answer as the result of the call', async () => {
    const { outcome, scene, results } = await parkAndAnswer(
      [calls(ask('which?')), says('done')],
      [answered('input', 'the blue one')],
    );
    expect(outcome).toEqual({ kind: 'completed', output: 'done' });
    expect(results).toMatchObject([{ toolCallId: 'call_ask', content: 'the blue one', isError: false }]);
    expect(scene.provider.requests).toHaveLength(2);
  });

  test('parks again for what is not answered, and keeps what is', async () => {
    const { outcome, results } = await parkAndAnswer(
      [calls(ask('one?', 'a'), ask('two?', 'b')), says('done')],
      [answered('input', 'first')],
    );
    expect(outcome).toMatchObject({ kind: 'parked', asks: [{ index: 1, request: { question: 'two?' } }] });
    expect(results).toMatchObject([{ content: 'first' }, null]);
  });

  test('is told when nobody answered in time', async () => {
    const late = answered('input', null, { expired: true });
    const { results } = await parkAndAnswer([calls(ask('which?')), says('done')], [late]);
    expect(results).toMatchObject([{ isError: true, content: 'Nobody answered in time.' }]);
  });

  test('parks even while its worker drains: nothing is left that another worker could do', async () => {
    const drain = createTool('drain', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      scene.stop.request('drain');
      return 'draining';
    });
    const scene = createScene([calls(toolCall('drain'), ask('which?'))], [askUser, drain]);
    expect(await runMission(scene.input)).toMatchObject({ kind: 'parked', asks: [{ index: 1 }] });
  });

  test('writes nothing and parks nowhere when it was cancelled meanwhile', async () => {
    const scene = createParkingScene([async () => (scene.stop.request('cancel'), calls(ask('which?')))]);
    expect(await runMission(scene.input)).toMatchObject({ kind: 'stopped', reason: 'cancel' });
  });
});

describe('a tool that needs approval', () => {
  const moves = () => [calls(toolCall('pay', { text: 'ten' })), says('done')];
  const approved = { decision: 'approved' };

  test('runs when it is approved, once, and with the arguments that were approved', async () => {
    const yes = answered('approval', approved, { argumentsHash: hashArguments({ text: 'ten' }) });
    const { outcome, results } = await parkAndAnswer(moves(), [yes]);
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(results).toMatchObject([{ content: 'paid ten', isError: false }]);
    expect(runs).toEqual(['ten']);
  });

  test('runs with the arguments of whoever approved it, and the model is told', async () => {
    const { results } = await parkAndAnswer(moves(), [
      answered('approval', { ...approved, arguments: { text: 'five' } }),
    ]);
    expect(results).toMatchObject([
      { content: 'This call was approved with other arguments: {"text":"five"}\npaid five', isError: false },
    ]);
    expect(runs).toEqual(['five']);
  });

  test.each<[string, Partial<Answered>, RegExp]>([
    ['is rejected', { answer: { decision: 'rejected', message: 'too much' } }, /rejected: too much/],
    ['is rejected without a word', { answer: { decision: 'rejected' } }, /This call was rejected\./],
    [
      'was approved for other arguments',
      { answer: approved, argumentsHash: hashArguments({ text: 'one' }) },
      /other arguments/,
    ],
    ['is answered with something else', { answer: 'yes' }, /not an approval/],
    ['is not answered in time', { answer: null, expired: true }, /Nobody approved this call in time/],
    [
      'is approved with arguments that do not fit',
      { answer: { ...approved, arguments: { sum: 1 } } },
      /They are not valid/,
    ],
  ])('does not run when it %s', async (_, changes, told) => {
    const { outcome, results } = await parkAndAnswer(moves(), [answered('approval', null, changes)]);
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(results).toMatchObject([{ isError: true, content: expect.stringMatching(told) }]);
    expect(results?.[0]?.content).toContain('pay was not run.');
    expect(runs).toEqual([]);
  });

  test('is not asked about twice: what was started before a crash stays unknown', async () => {
    const scene = createParkingScene(moves());
    await runMission(scene.input);
    await scene.journal.startToolCall({ step: 1, index: 0 });
    await runMission({ ...scene.input, steps: scene.journal.steps, answers: [answered('approval', approved)] });
    expect(scene.journal.steps[0]?.toolCalls[0]?.result?.content).toMatch(/^outcome_unknown/);
    expect(runs).toEqual([]);
  });
});

describe('a mission that starts others', () => {
  const end = (index: number, changes: Partial<ChildEnd>): Answered =>
    answered(
      'children',
      {
        missionId: `mis_${index}`,
        status: 'completed',
        output: `answer ${index}`,
        code: null,
        message: null,
        untrusted: false,
        ...changes,
      },
      { index },
    );

  test('gets the answer of each as the result of the call that started it, and is told of a failure', async () => {
    const { outcome, results } = await parkAndAnswer(
      [calls(child({ goal: 'a' }, 'a'), child({ goal: 'b' }, 'b'), child({ goal: 'c' }, 'c')), says('done')],
      [
        end(0, {}),
        end(1, { status: 'failed', output: null, code: 'max_steps', message: 'No answer' }),
        end(2, { status: 'cancelled', output: null, code: 'cancelled_by_client', message: null }),
      ],
    );
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(results).toMatchObject([
      { content: 'answer 0', isError: false },
      { content: 'The mission mis_1 was not completed. It is failed (max_steps: No answer).', isError: true },
      { content: 'The mission mis_2 was not completed. It is cancelled (cancelled_by_client).', isError: true },
    ]);
  });

  test('passes its own model, tools and limits on, or fewer tools', async () => {
    const { input } = createParkingScene([
      calls(
        child({ goal: 'a' }, 'a'),
        child({ goal: 'b', instructions: 'be quick', model: 'sim/other', tools: ['echo'] }, 'b'),
      ),
    ]);
    const { children } = (await runMission(input)) as Parked;
    expect(children.map(({ spec }) => spec)).toEqual([
      { ...createSpec({ goal: 'a', tools: ['ask_user', 'run_mission', 'pay', 'echo'] }) },
      createSpec({ goal: 'b', instructions: 'be quick', model: 'sim/other', tools: ['echo'] }),
    ]);
  });

  test('passes its other models, options and limits on with its own model, and with another one only what fits it', async () => {
    const tools = ['ask_user', 'run_mission', 'pay', 'echo'];
    const agent = { id: 'agt_1', name: 'lead', version: 1 };
    const own = {
      modelOptions: { temperature: 0 },
      limits: { maxSteps: 3, maxOutputTokens: 77 },
      smallModel: 'sim/small',
      summarize: true,
      fallbackModels: ['sim/next'],
    };
    const chain = [{ name: 'lead', model: 'sim/lead', instructions: null, tools, agent, ...own }];
    const start = calls(child({ goal: 'a' }, 'a'), child({ goal: 'b', model: 'sim/other' }, 'b'));
    const { input } = createParkingScene([start], { spec: createSpec({ chain }) });
    const { children } = (await runMission(input)) as Parked;
    const { modelOptions: _options, fallbackModels: _models, ...rest } = own;
    expect(children.map(({ spec }) => spec)).toEqual([
      createSpec({ goal: 'a', model: 'sim/lead', tools, ...own }),
      createSpec({ goal: 'b', model: 'sim/other', tools, ...rest }),
    ]);
  });

  test.each<[string, { [key: string]: JsonValue }, Partial<MissionInput>, string]>([
    ['a model that is not allowed', { model: 'sim/secret' }, {}, 'The model "sim/secret" may not be used here.'],
    ['tools it does not have itself', { tools: ['echo', 'javascript'] }, {}, 'Not javascript.'],
    ['a level too deep', {}, { depth: CHILD_DEPTH_MAX }, 'as deep as missions may go'],
    ['one too many', {}, { childCount: CHILDREN_MAX }, `has started ${CHILDREN_MAX} missions`],
  ])('is refused %s, and goes on', async (...[, request, changes, told]) => {
    const { input, journal } = createParkingScene(
      [calls(child({ goal: 'g', ...request }, 'c')), says('done')],
      changes,
    );
    expect(await runMission(input)).toMatchObject({ kind: 'completed' });
    expect(journal.steps[0]?.toolCalls[0]?.result).toMatchObject({ isError: true });
    expect(journal.steps[0]?.toolCalls[0]?.result?.content).toContain(told);
  });

  test('starts as many of a step’s as it still may, the first ones', async () => {
    const parts = Array.from({ length: 4 }, (_, index) => child({ goal: `${index}` }, `c${index}`));
    const { input, journal } = createParkingScene([calls(...parts)], { childCount: CHILDREN_MAX - 2 });
    expect(await runMission(input)).toMatchObject({ kind: 'parked', children: [{ index: 0 }, { index: 1 }] });
    expect(journal.steps[0]?.toolCalls.map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'completed',
      'completed',
    ]);
  });
});
