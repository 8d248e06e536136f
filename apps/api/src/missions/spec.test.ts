import { type Agent, type MissionRequest, missionRequestSchema } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { createMissionSpec } from './spec.ts';

const models = { allowed: ['sim/demo', 'sim/load', 'anthropic/*'], default: 'sim/demo' };
const names = { models, fleetTools: new Set<string>() };

function request(fields: Partial<MissionRequest> = {}): MissionRequest {
  return missionRequestSchema.parse({ goal: 'Count to ten', ...fields });
}

function problemOf(fields: Partial<MissionRequest>): ProblemError | null {
  try {
    createMissionSpec(request(fields), names);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  return null;
}

function agentOf(definition: Agent['definition']): Agent {
  return { id: 'agt_1', name: 'a', version: 1, definition, createdAt: new Date(0) };
}

describe('createMissionSpec', () => {
  it('fills in what was not asked for', () => {
    expect(createMissionSpec(request(), names)).toEqual({
      goal: 'Count to ten',
      model: 'sim/demo',
      instructions: null,
      tools: ['calculator', 'current_time', 'http_fetch', 'javascript', 'read_output'],
      modelOptions: {},
      limits: { maxSteps: 50, maxOutputTokens: 8_192 },
    });
  });

  it('gives the load simulator its tool, and nobody else', () => {
    expect(createMissionSpec(request({ model: 'sim/load' }), names).tools).toContain('sim_work');
    expect(problemOf({ tools: ['sim_work'] })?.code).toBe('unknown_tool');
  });

  it('gives tools that may park a mission only to those that name them', () => {
    expect(createMissionSpec(request({ tools: ['ask_user'] }), names).tools).toEqual(['ask_user']);
  });

  it('checks the model and the tools of every role, those it has from the mission too', () => {
    const role = { instructions: 'Work.' };
    expect(problemOf({ chain: [role, { ...role, model: 'x' }] })).toMatchObject({
      code: 'unknown_model',
      parts: { errors: [{ path: '/chain/1/model' }] },
    });
    expect(problemOf({ chain: [{ ...role, tools: ['teleport'] }] })).toMatchObject({
      code: 'unknown_tool',
      parts: { errors: [{ path: '/chain/0/tools/0' }] },
    });
    const inherited = problemOf({ model: 'sim/load', tools: ['sim_work'], chain: [{ ...role, model: 'sim/demo' }] });
    expect(inherited).toMatchObject({ code: 'unknown_tool', parts: { errors: [{ path: '/tools/0' }] } });
  });

  it('takes the load simulator’s options when one of the roles is played by it', () => {
    const role = { instructions: 'Work.' };
    const modelOptions = { steps: 3 };
    expect(problemOf({ modelOptions, chain: [role, { ...role, model: 'sim/load' }] })).toBeNull();
    expect(problemOf({ model: 'sim/load', modelOptions, chain: [{ ...role, model: 'sim/demo' }] })).toMatchObject({
      code: 'invalid_request',
    });
  });

  it('gives a role all that its agent has, and lets what the request says of all roles come first', () => {
    const definition = {
      model: 'sim/load',
      instructions: 'Count.',
      modelOptions: { temperature: 0.5 },
      limits: { maxSteps: 3, maxOutputTokens: 77 },
      outputSchema: { type: 'number' },
      smallModel: 'sim/demo',
      summarize: true,
      fallbackModels: ['anthropic/x'],
    };
    const named = agentOf(definition);
    const chain = [{ agent: 'a' }, { instructions: 'Write.' }];
    const specOf = (fields: Partial<MissionRequest>, mission: Agent | null = null) =>
      createMissionSpec(request({ chain, ...fields }), { ...names, agents: { mission, stages: [named, null] } });
    const { model: _model, instructions: _instructions, ...settings } = definition;
    const [counter, writer] = specOf({}).chain ?? [];
    expect(counter).toMatchObject(settings);
    expect(Object.keys(writer ?? {}).toSorted()).toEqual(['instructions', 'model', 'name', 'tools']);
    const asked = specOf({ modelOptions: { temperature: 1 }, limits: { maxOutputTokens: 5 } }).chain?.[0];
    expect(asked).toMatchObject({ limits: { maxSteps: 3 } });
    expect([asked?.modelOptions, asked?.limits?.maxOutputTokens]).toEqual([undefined, undefined]);
    // The options of the mission's agent are none of its.
    const { modelOptions: _options, ...plain } = definition;
    const lead = agentOf({ ...definition, modelOptions: { temperature: 0.9 } });
    const agents = { mission: lead, stages: [agentOf(plain), null] };
    const led = createMissionSpec(request({ agent: 'lead', chain }), { ...names, agents });
    expect(led.chain?.map(({ modelOptions }) => modelOptions)).toEqual([{}, undefined]);
  });

  it('holds each role of a chain to the budget of its agent, whatever the others and the mission have', () => {
    const plain = { model: 'sim/demo', instructions: 'Work.' };
    const one = agentOf({ ...plain, budget: { usd: 0.1, tokens: 100 } });
    const two = agentOf({ ...plain, budget: { usd: 0.2, onExhausted: 'fail' } });
    const budgetsOf = (stages: (Agent | null)[], fields: Partial<MissionRequest> = {}) => {
      const chain = stages.map((stage) => (stage ? { agent: 'a' } : { instructions: 'Work.' }));
      const spec = createMissionSpec(request({ chain, ...fields }), { ...names, agents: { mission: null, stages } });
      return [spec.budget, ...(spec.chain ?? []).map(({ budget }) => budget)];
    };
    const ofOne = { usd: 0.1, tokens: 100, onExhausted: 'pause' };
    const ofTwo = { usd: 0.2, onExhausted: 'fail' };
    expect(budgetsOf([one, null, two])).toEqual([undefined, ofOne, undefined, ofTwo]);
    const own = { steps: 1, onExhausted: 'pause' };
    expect(budgetsOf([one, null], { budget: { steps: 1 } })).toEqual([own, ofOne, undefined]);
  });

  it('keeps an empty list of tools empty', () => {
    expect(createMissionSpec(request({ tools: [] }), names).tools).toEqual([]);
  });

  it.each(['gpt-5', 'openai/gpt-5', 'sim/other', 'anthropic/', 'ANTHROPIC/x', 'sim/demo/', '*', 'toString'])(
    'refuses the model %s and says which may be named',
    (model) => {
      expect(problemOf({ model })).toMatchObject({
        code: 'unknown_model',
        parts: { members: { allowed: models.allowed } },
      });
    },
  );

  it('says which of the named tools is unknown', () => {
    const problem = problemOf({ tools: ['calculator', 'teleport'] });
    expect(problem).toMatchObject({ code: 'unknown_tool', parts: { errors: [{ path: '/tools/1' }] } });
  });

  it('refuses options of the load simulator for another model', () => {
    const problem = problemOf({ modelOptions: { temperature: 1, steps: 3 } });
    expect(problem).toMatchObject({ code: 'invalid_request', parts: { errors: [{ path: '/modelOptions/steps' }] } });
    expect(problemOf({ model: 'sim/load', modelOptions: { steps: 3 } })).toBeNull();
    expect(
      problemOf({ model: 'anthropic/some-model', modelOptions: { temperature: 1, reasoningEffort: 'high' } }),
    ).toBeNull();
  });
});
