import { describe, expect, it } from 'vitest';
import { agentDefinitionSchema, parseAgentRef } from './agent.ts';

const definition = { model: 'sim/demo', instructions: 'Be brief.' };

describe('an agent’s name in a mission', () => {
  it('is the newest version, or the one behind the @', () => {
    expect(parseAgentRef('web-researcher_2')).toEqual({ name: 'web-researcher_2', version: null });
    expect(parseAgentRef('a@12')).toEqual({ name: 'a', version: 12 });
  });

  it.each([
    '',
    '@1',
    'a@',
    'a@0',
    'a@-1',
    'a@1.5',
    'a@1@2',
    'a@latest',
    'A',
    '../a',
    'a b',
    'a'.repeat(64),
    'a@9999999999',
  ])('is not %j', (text) => {
    expect(parseAgentRef(text)).toBeNull();
  });
});

describe('an agent’s definition', () => {
  it('is kept as it was given, without defaults that a later release would have to honour', () => {
    expect(agentDefinitionSchema.parse(definition)).toEqual(definition);
  });

  it.each([
    ['no model', { model: undefined }, 'model'],
    ['no instructions', { instructions: undefined }, 'instructions'],
    ['six models to fall back on', { fallbackModels: Array(6).fill('sim/demo') }, 'fallbackModels'],
    ['a limit that is none', { limits: { maxSteps: 0 } }, 'limits.maxSteps'],
    ['a misspelt field', { tool: [] }, '(unrecognized_keys)'],
    ['a null character', { instructions: 'a\0b' }, 'instructions'],
  ])('is refused with %s', (_, change, path) => {
    const issues = agentDefinitionSchema.safeParse({ ...definition, ...change }).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.') || `(${issue.code})`)).toEqual([path]);
  });
});
