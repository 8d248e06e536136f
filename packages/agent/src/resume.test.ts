import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryJournal } from './memory-journal.ts';
import { runMission } from './run.ts';
import { Crash, crashAfter, isCrashOrOutcome } from './testing/crash.ts';
import { createScene } from './testing/script.ts';
import { calls, MISSION_ID, says, toolCall } from './testing/spec.ts';
import { createTool } from './testing/tools.ts';

type Plan = ('look' | 'pay' | 'fail')[][];

/** A mission whose model follows the plan by what it is shown, and whose tools keep count of what they did. */
function createPlay(plan: Plan) {
  const effects: string[] = [];
  const modelCalls: number[] = [];
  const act = (kind: string) => async (_input: object, context: { idempotencyKey: string }) => {
    effects.push(context.idempotencyKey);
    if (kind === 'fail') throw new Error(`failed ${context.idempotencyKey}`);
    return `did ${context.idempotencyKey}`;
  };
  const tools = [
    createTool('look', act('look')),
    createTool('pay', act('pay'), { idempotent: false }),
    createTool('fail', act('fail')),
  ];
  const move = async (request: { messages: { role: string }[]; context: { step: number } }) => {
    modelCalls.push(request.context.step);
    const done = request.messages.filter(({ role }) => role === 'assistant').length;
    const kinds = plan[done];
    return kinds
      ? calls(...kinds.map((kind, index) => toolCall(kind, {}, `c${done}.${index}`)))
      : says(`after ${done} steps`);
  };
  const scene = createScene(
    Array.from({ length: 20 }, () => move),
    tools,
  );
  return { ...scene, effects, modelCalls };
}

const plans: fc.Arbitrary<Plan> = fc.array(
  fc.array(fc.constantFrom<Plan[number][number][]>('look', 'pay', 'fail'), { minLength: 1, maxLength: 4 }),
  { maxLength: 3 },
);

test('a mission cut off after any commit is finished by another run with nothing committed repeated', async () => {
  const cut = fc.record({ plan: plans, after: fc.nat(20), isLastAnswerLost: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(cut, async ({ plan, after, isLastAnswerLost }) => {
      const play = createPlay(plan);
      const first = runMission({ ...play.input, journal: crashAfter(play.journal, after, isLastAnswerLost) });
      expect(await first.catch((error: unknown) => error)).toSatisfy(isCrashOrOutcome);

      const before = play.journal.steps;
      const [modelCallsBefore, effectsBefore] = [play.modelCalls.length, play.effects.length];
      const journal = createMemoryJournal({ missionId: MISSION_ID, attempt: 2, steps: before });
      const outcome = await runMission({ ...play.input, attempt: 2, steps: before, journal });
      expect(outcome).toEqual({ kind: 'completed', output: `after ${plan.length} steps` });

      // Committed replies and results: neither asked for again nor changed.
      const committed = before.flatMap(({ toolCalls, number }) =>
        toolCalls.flatMap(({ index, result }) =>
          result ? [{ key: `m:${MISSION_ID}:${number}:${index}`, result }] : [],
        ),
      );
      expect(play.modelCalls.slice(modelCallsBefore).filter((step) => step <= before.length)).toEqual([]);
      const repeated = new Set(play.effects.slice(effectsBefore));
      expect(committed.filter(({ key }) => repeated.has(key))).toEqual([]);

      // What is not idempotent happens at most once; each call ends with what it did, or says that it does not know.
      const ended = journal.steps.flatMap(({ number, toolCalls }) =>
        toolCalls.map(({ index, name, result }) => {
          const key = `m:${MISSION_ID}:${number}:${index}`;
          const did = `${name === 'fail' ? 'failed' : 'did'} ${key}`;
          const isUnknown = name === 'pay' && result?.content.startsWith('outcome_unknown');
          const times = play.effects.filter((effect) => effect === key).length;
          return { isOnceAtMost: name !== 'pay' || times <= 1, isTold: isUnknown === true || result?.content === did };
        }),
      );
      expect(ended).toEqual(ended.map(() => ({ isOnceAtMost: true, isTold: true })));
    }),
    { numRuns: 300 },
  );
});

test('a mission whose last step is the answer is completed without another call', async () => {
  const { input, provider } = createScene([says('42'), says('43')]);
  const { journal } = createScene([]);
  await runMission({ ...input, journal });
  expect(await runMission({ ...input, steps: journal.steps })).toEqual({ kind: 'completed', output: '42' });
  expect(provider.requests).toHaveLength(1);
});

test('a resumed mission shows the model exactly what an uninterrupted one shows it', async () => {
  const whole = createPlay([['look', 'fail'], ['look']]);
  await runMission(whole.input);
  for (let after = 0; after <= 5; after += 1) {
    const play = createPlay([['look', 'fail'], ['look']]);
    await expect(runMission({ ...play.input, journal: crashAfter(play.journal, after, false) })).rejects.toThrow(Crash);
    await runMission({ ...play.input, steps: play.journal.steps });
    expect(play.provider.requests.at(-1)?.messages).toEqual(whole.provider.requests.at(-1)?.messages);
  }
});

test('a call that was started and is not idempotent is not made again; the model is told so', async () => {
  const play = createPlay([['pay']]);
  await expect(runMission({ ...play.input, journal: crashAfter(play.journal, 2, false) })).rejects.toThrow(Crash);
  expect(play.journal.steps[0]?.toolCalls[0]?.status).toBe('started');
  await runMission({ ...play.input, steps: play.journal.steps });
  expect(play.effects).toHaveLength(1);
  expect(play.journal.steps[0]?.toolCalls[0]?.result).toMatchObject({
    isError: true,
    content: expect.stringMatching(/^outcome_unknown: .*may or may not have had its effect/),
  });
});
