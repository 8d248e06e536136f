import { type MissionRequest, missionRequestSchema } from '@flotilla/core';
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
