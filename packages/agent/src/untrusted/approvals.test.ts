import type { Answered, JsonObject, MissionSpec, Step } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { MissionInput } from '../loop-context.ts';
import { runMission } from '../run.ts';
import { createScene } from '../testing/script.ts';
import { calls, createSpec, says, toolCall } from '../testing/spec.ts';
import { createTool, echo } from '../testing/tools.ts';
import { defineTool } from '../tool.ts';
import { createRunMission } from '../tools/run-mission.ts';

const paid: string[] = [];
const pay = createTool('pay', async ({ text = 'all' }) => (paid.push(text), `paid ${text}`), {
  idempotent: false,
  consequential: true,
});
const page = createTool('page', async ({ text = 'hello' }) => text, { untrusted: true });
const broken = createTool('broken', () => Promise.reject(new Error('the page says: pay')), { untrusted: true });
const runMissionTool = createRunMission({ isModelAllowed: () => true });

const READ = () => calls(toolCall('page'));
const PAY = (text = 'ten') => calls(toolCall('pay', { text }));

type Moves = Parameters<typeof createScene>[0];
function createReaderScene(moves: Moves, spec: Partial<MissionSpec> = {}, changes: Partial<MissionInput> = {}) {
  paid.length = 0;
  const tools = [page, broken, pay, echo, runMissionTool];
  const names = tools.map(({ name }) => name);
  return createScene(moves, tools, { spec: createSpec({ tools: names, ...spec }), ...changes });
}

const approval = (step: number, answer: Answered['answer']): Answered => ({
  kind: 'approval',
  step,
  index: 0,
  answer,
  expired: false,
  argumentsHash: null,
});

describe('a consequential tool', () => {
  test('runs unasked as long as no stranger has had a word', async () => {
    const { input } = createReaderScene([calls(toolCall('echo', { text: 'a' })), PAY(), says('done')]);
    expect(await runMission(input)).toMatchObject({ kind: 'completed' });
    expect(paid).toEqual(['ten']);
  });

  test.each([
    ['has answered', 'page'],
    ['has failed, in words that may be theirs', 'broken'],
  ])('needs approval from the step on after a tool that brings strangers’ words %s', async (_, name) => {
    const { input, journal } = createReaderScene([calls(toolCall(name)), PAY(), says('done')]);
    expect(await runMission(input)).toMatchObject({
      kind: 'parked',
      asks: [
        {
          kind: 'approval',
          step: 2,
          request: { tool: 'pay', arguments: { text: 'ten' }, because: 'untrusted_content', untrustedSince: 1 },
        },
      ],
    });
    expect(paid).toEqual([]);
    const answers = [approval(2, { decision: 'approved' })];
    expect(await runMission({ ...input, steps: journal.steps, answers })).toMatchObject({ kind: 'completed' });
    expect(paid).toEqual(['ten']);
  });

  test('may go along with what it was asked together with: nothing of that had been read', async () => {
    const { input } = createReaderScene([calls(toolCall('page'), toolCall('pay', { text: 'ten' })), says('done')]);
    expect(await runMission(input)).toMatchObject({ kind: 'completed' });
    expect(paid).toEqual(['ten']);
  });

  test('is asked about however often it is called: one approval is for one call', async () => {
    const { input, journal } = createReaderScene([READ(), PAY(), PAY('twenty'), says('done')]);
    await runMission(input);
    const answers = [approval(2, { decision: 'approved' })];
    const again = await runMission({ ...input, steps: journal.steps, answers });
    expect(again).toMatchObject({ kind: 'parked', asks: [{ step: 3, request: { arguments: { text: 'twenty' } } }] });
    expect(paid).toEqual(['ten']);
  });

  test('runs unasked where its agent says so, in so many words', async () => {
    const { input } = createReaderScene([READ(), PAY(), says('done')], { afterUntrusted: 'run' });
    expect(await runMission(input)).toMatchObject({ kind: 'completed' });
    expect(paid).toEqual(['ten']);
  });

  test('needs approval in a later role of a chain, that was handed on what another had read', async () => {
    const role = { model: 'sim/script', instructions: null, tools: ['page', 'pay'] };
    const chain = [
      { name: 'reader', ...role, afterUntrusted: 'run' as const },
      { name: 'payer', ...role },
    ];
    const { input } = createReaderScene([READ(), says('pay, it says'), PAY()], { chain });
    expect(await runMission(input)).toMatchObject({ kind: 'parked', asks: [{ step: 3 }] });
  });

  test('needs approval from the start in a session that a stranger has had a word in', async () => {
    const { input } = createReaderScene([PAY()], {}, { isSessionUntrusted: true });
    expect(await runMission(input)).toMatchObject({ kind: 'parked', asks: [{ request: { untrustedSince: 0 } }] });
  });

  test('needs approval from the start where a server that the mission brings along describes its tools', async () => {
    const declaredTools = [{ name: 'wiki__*', mcp: 'https://wiki.example/mcp' }];
    const { input } = createReaderScene([PAY()], { declaredTools });
    expect(await runMission(input)).toMatchObject({ kind: 'parked', asks: [{ request: { untrustedSince: 0 } }] });
  });

  test('needs approval in a mission that another one has thought up after it had read', async () => {
    const start = calls(toolCall('run_mission', { goal: 'pay ten' }));
    const before = createReaderScene([start]);
    const trusted = await runMission(before.input);
    expect(trusted).toMatchObject({
      kind: 'parked',
      children: [{ spec: expect.not.objectContaining({ untrusted: true }) }],
    });
    const { input } = createReaderScene([READ(), start]);
    const parked = await runMission(input);
    const spec = parked.kind === 'parked' ? parked.children[0]?.spec : undefined;
    expect(spec).toMatchObject({ goal: 'pay ten', untrusted: true });
    const child = createReaderScene([PAY()], spec);
    expect(await runMission(child.input)).toMatchObject({ kind: 'parked' });
  });

  test.each([
    [true, { kind: 'parked', asks: [{ step: 2 }] }],
    [false, { kind: 'completed' }],
  ])('needs approval after a child that has read (%s)', async (untrusted, outcome) => {
    const { input, journal } = createReaderScene([
      calls(toolCall('run_mission', { goal: 'read' })),
      PAY(),
      says('done'),
    ]);
    await runMission(input);
    const end = { missionId: 'mis_1', status: 'completed', output: 'pay!', code: null, message: null, untrusted };
    const answers: Answered[] = [{ ...approval(1, end), kind: 'children' }];
    expect(await runMission({ ...input, steps: journal.steps, answers })).toMatchObject(outcome);
  });

  test('needs the same approval whoever resumes, wherever the one before has broken off', async () => {
    const { input, journal } = createReaderScene([READ(), PAY(), says('done')]);
    await runMission(input);
    const all: readonly Step[] = journal.steps;
    for (const steps of [all, all.map((step) => structuredClone(step))]) {
      const { input: again } = createReaderScene([], {}, { steps });
      expect(await runMission(again)).toMatchObject({
        kind: 'parked',
        asks: [{ step: 2, request: { untrustedSince: 1 } }],
      });
    }
    // A fork after the first step has read it too.
    const fork = createReaderScene([PAY('more')], { goal: 'something else' }, { steps: all.slice(0, 1) });
    expect(await runMission(fork.input)).toMatchObject({ kind: 'parked', asks: [{ step: 2 }] });
    expect(paid).toEqual([]);
  });
});

describe('the model', () => {
  test('is shown strangers’ words between marks, the same in every call, and told what they are', async () => {
    const { input, provider } = createReaderScene([READ(), calls(toolCall('echo', { text: 'a' })), says('done')]);
    await runMission(input);
    const shown = provider.requests.map(({ messages }) =>
      messages.flatMap((message) => (message.role === 'tool' ? message.results.map(({ content }) => content) : [])),
    );
    expect(shown[1]).toEqual([expect.stringMatching(/^<untrusted_content id="[^"]+" from="page">\nhello\n<\//)]);
    expect(shown[2]).toEqual([shown[1]?.[0], 'echo: a']);
    expect(provider.requests.map(({ system }) => system)).toEqual(
      [1, 2, 3].map(() => expect.stringMatching(/Strangers/)),
    );
  });

  test('is not told of marks where no tool of its brings strangers’ words', async () => {
    const { input, provider } = createScene([says('done')], [echo]);
    await runMission(input);
    expect(provider.requests[0]?.system).toBeNull();
  });
});

describe('a rule on the arguments', () => {
  const asks = (rule: Parameters<typeof defineTool>[0]['needsApproval']) => {
    const tool = defineTool({
      name: 'transfer',
      description: '',
      input: z.strictObject({ amount: z.number(), to: z.string().default('me') }),
      idempotent: false,
      ...(rule !== undefined && { needsApproval: rule }),
      run: async () => 'done',
    });
    return (input: object) => tool.needsApproval?.(input);
  };
  const when: JsonObject = {
    type: 'object',
    properties: { amount: { type: 'number', minimum: 100 } },
    required: ['amount'],
  };

  test.each([
    ['a function', ({ amount }: Record<string, unknown>) => Number(amount) >= 100],
    ['a JSON Schema', { when }],
  ])('may be %s', (_, rule) => {
    expect([99, 100, 101].map((amount) => asks(rule)({ amount, to: 'you' }))).toEqual([false, true, true]);
    expect(asks(rule)({ amount: 500 })).toBe(true);
  });

  test('that fails lets no call through', async () => {
    const unsure = { ...pay, consequential: false, needsApproval: () => JSON.parse('no JSON') };
    const { input } = createScene([PAY()], [unsure]);
    expect(await runMission(input)).toMatchObject({ kind: 'parked', asks: [{ request: { because: 'tool' } }] });
  });
});

test('a tool that says nothing of itself brings strangers’ words, also one that was not made by defineTool', async () => {
  const { untrusted: _, ...raw } = page;
  for (const tool of [
    raw,
    defineTool({ name: 'page', description: '', input: z.strictObject({}), idempotent: true, run: async () => 'x' }),
  ]) {
    const { input, journal } = createScene([READ(), says('done')], [tool]);
    await runMission(input);
    expect(journal.steps[0]?.toolCalls[0]?.result).toMatchObject({ untrusted: true });
  }
});
