import type { JsonObject } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { runMission } from './run.ts';
import { createOutputRules } from './structured-output.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { echo } from './testing/tools.ts';

const outputSchema = {
  type: 'object',
  properties: { sum: { type: 'integer' } },
  required: ['sum'],
  additionalProperties: false,
};
const spec = createSpec({ outputSchema, instructions: 'Add up.', tools: ['echo'] });
const RIGHT = '{"sum": 4}';
const WRONG = '{"sum": "four", "by": "me"}';

describe('a mission with an output schema', () => {
  it('tells the model of it, and has an answer that is valid by it', async () => {
    const { input, provider } = createScene([says(RIGHT)], [echo], { spec });
    expect(await runMission(input)).toEqual({ kind: 'completed', output: RIGHT });
    const [request] = provider.requests;
    expect(request?.system).toContain('Add up.');
    expect(request?.system).toContain(JSON.stringify(outputSchema));
    expect(request?.outputSchema).toEqual(outputSchema);
  });

  it('takes the JSON out of the fence that models put around it', async () => {
    const { input } = createScene([says(`\`\`\`json\n${RIGHT}\n\`\`\`\n`)], [], { spec });
    expect(await runMission(input)).toEqual({ kind: 'completed', output: RIGHT });
  });

  it('tells the model once what is wrong, exactly, and lets it look things up before it answers again', async () => {
    const moves = [says(WRONG), calls(toolCall('echo', { text: 'x' })), says(RIGHT)];
    const { input, provider, journal } = createScene(moves, [echo], { spec });
    expect(await runMission(input)).toEqual({ kind: 'completed', output: RIGHT });
    const told = JSON.stringify(provider.requests[1]?.messages.at(-1));
    expect(told).toContain('expected integer, received string');
    expect(told).toContain('at sum');
    expect(told).toContain('by');
    expect(journal.steps).toHaveLength(3);
  });

  it.each(['Four.', WRONG, '', '[4]', '{"sum": 4'])('fails when the second answer is no better: %j', async (second) => {
    const { input, provider } = createScene([says('It is 4.'), says(second)], [], { spec });
    const outcome = await runMission(input);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'output_invalid' });
    expect(provider.requests).toHaveLength(2);
  });

  it('goes on after any crash as if there had been none: what the model was told is not in the journal', async () => {
    const moves = [says(WRONG), calls(toolCall('echo', { text: 'x' })), says('no'), says(RIGHT)];
    const whole = createScene(moves, [echo], { spec });
    const outcome = await runMission(whole.input);
    expect(outcome).toMatchObject({ code: 'output_invalid' });
    for (const cut of [1, 2, 3]) {
      const steps = whole.journal.steps.slice(0, cut);
      const rest = createScene(moves.slice(cut), [echo], { spec, steps });
      expect(await runMission(rest.input)).toEqual(outcome);
      expect(rest.provider.requests.map(({ messages }) => messages)).toEqual(
        whole.provider.requests.slice(cut).map(({ messages }) => messages),
      );
    }
  });

  it('holds only the last role of a chain to it', async () => {
    const role = { model: 'sim/script', instructions: 'x', tools: [] };
    const chain = [
      { ...role, name: 'a' },
      { ...role, name: 'b' },
    ];
    const { input, provider } = createScene([says('prose'), says('more prose'), says(RIGHT)], [], {
      spec: { ...spec, chain },
    });
    expect(await runMission(input)).toEqual({ kind: 'completed', output: RIGHT });
    expect(provider.requests.map(({ outputSchema: asked }) => asked !== undefined)).toEqual([false, true, true]);
  });
});

describe('an answer that would take long to check', () => {
  const consts = Array.from({ length: 400 }, (_, index) => ({ const: `v${index}` }));
  const lists = (items: JsonObject): JsonObject => ({ type: 'object', properties: { a: { type: 'array', items } } });
  const checkOf = (schema: JsonObject) => {
    const rule = createOutputRules().of(schema);
    return (elements: unknown[]) => rule?.check(JSON.stringify({ a: elements }));
  };

  it('is held against a list of values at once, however long that is', () => {
    const check = checkOf(lists({ anyOf: consts }));
    expect(check(Array.from({ length: 50_000 }, () => 'v399'))).toMatchObject({ kind: 'valid' });
    expect(check(Array.from({ length: 50_000 }, () => 'w'))).toMatchObject({
      kind: 'invalid',
      problem: expect.stringMatching(/^✖ Invalid option: expected one of "v0"\|"v1"/),
    });
  });

  it('is refused with the reason where the alternatives have to be tried one by one, before that has held up a worker', () => {
    const check = checkOf(lists({ anyOf: consts.map((only) => ({ type: 'object', properties: { kind: only } })) }));
    const elements = Array.from({ length: 10_000 }, () => ({ kind: 'v399' }));
    expect(check(elements.slice(0, 100))).toMatchObject({ kind: 'valid' });
    const problem = expect.stringMatching(/^It is too large to check: .* more than 500000 comparisons/);
    expect(check(elements)).toEqual({ kind: 'invalid', problem });
  });
});

describe('the rules a worker keeps', () => {
  it('are made once for each schema, and no more of them are kept than may be', () => {
    const rules = createOutputRules(2);
    const specs = ['a', 'b', 'c'].map((title) => createSpec({ outputSchema: { ...outputSchema, title } }));
    const [a, b, c] = specs.map((one) => rules.of(one.outputSchema));
    const again = createSpec({ outputSchema: { ...outputSchema, title: 'c' } });
    expect(rules.of(again.outputSchema)).toBe(c);
    const [first = again, second = again] = specs;
    expect(rules.of(second.outputSchema)).toBe(b);
    expect(rules.of(first.outputSchema)).not.toBe(a);
    expect(rules.of(undefined)).toBeNull();
  });

  it('are made in less than a millisecond, and had again in a fraction of it', () => {
    const rules = createOutputRules();
    const specs = Array.from({ length: 200 }, (_, n) =>
      createSpec({ outputSchema: { ...outputSchema, title: `${n}` } }),
    );
    const msPerRule = () => {
      const before = process.cpuUsage();
      for (const { outputSchema: schema } of specs) rules.of(schema);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000 / specs.length;
    };
    const making = msPerRule();
    const having = msPerRule();
    expect(making).toBeLessThan(5);
    expect(having).toBeLessThan(making);
  });
});
