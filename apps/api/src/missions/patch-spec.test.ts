import type { MissionPatch, MissionSpec } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { patchMissionSpec } from './patch-spec.ts';

const models = { allowed: ['sim/demo', 'sim/load'], default: 'sim/demo' };
const names = { models, fleetTools: new Set<string>() };
const SPEC: MissionSpec = {
  goal: 'Count',
  model: 'sim/load',
  instructions: 'Slowly.',
  tools: ['calculator'],
  modelOptions: { steps: 3, temperature: 1 },
  limits: { maxSteps: 5, maxOutputTokens: 100 },
};

function problemOf(patch: MissionPatch, spec: MissionSpec = SPEC): unknown {
  try {
    patchMissionSpec(spec, patch, names);
  } catch (error) {
    if (error instanceof ProblemError) return { code: error.code, path: error.parts.errors?.[0]?.path };
    throw error;
  }
  return null;
}

describe('patchMissionSpec', () => {
  it('changes what is named and nothing else', () => {
    expect(patchMissionSpec(SPEC, {}, names)).toEqual(SPEC);
    expect(patchMissionSpec(SPEC, { goal: 'Sing', instructions: null, limits: { maxSteps: 9 } }, names)).toEqual({
      ...SPEC,
      goal: 'Sing',
      instructions: null,
      limits: { maxSteps: 9, maxOutputTokens: 100 },
    });
  });

  it('lets a mission whose goal a model had written go to what its client names', () => {
    const spec: MissionSpec = { ...SPEC, untrusted: true, knownAddresses: ['https://a.example/'] };
    const { knownAddresses } = patchMissionSpec(spec, { goal: 'Read https://b.example/' }, names);
    expect(knownAddresses).toEqual(expect.arrayContaining(['https://a.example/', 'Read https://b.example/']));
  });

  it('drops the options that only the old model understood', () => {
    const spec: MissionSpec = { ...SPEC, modelOptions: { steps: 3, temperature: 1, reasoningEffort: 'high' } };
    expect(patchMissionSpec(spec, { model: 'sim/demo' }, names).modelOptions).toEqual({
      temperature: 1,
      reasoningEffort: 'high',
    });
  });

  it('refuses models and tools that a POST would refuse, and tools that the new model may not keep', () => {
    expect(problemOf({ model: 'x' })).toEqual({ code: 'unknown_model', path: '/patch/model' });
    expect(problemOf({ tools: ['teleport'] })).toEqual({ code: 'unknown_tool', path: '/patch/tools/0' });
    const loaded = { ...SPEC, tools: ['sim_work'] };
    expect(problemOf({ model: 'sim/demo' }, loaded)).toEqual({ code: 'unknown_tool', path: '/patch/tools/0' });
  });

  it('does not pretend to change what the roles of a chain have for themselves', () => {
    const chain = [{ name: 'a', model: 'sim/demo', instructions: 'x', tools: [] }];
    expect(problemOf({ model: 'sim/demo' }, { ...SPEC, chain })).toEqual({
      code: 'invalid_request',
      path: '/patch/model',
    });
    expect(patchMissionSpec({ ...SPEC, chain }, { goal: 'Sing' }, names)).toMatchObject({ goal: 'Sing', chain });
  });
});
