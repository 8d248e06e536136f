import { describe, expect, it } from 'vitest';
import { type MissionSpec, missionRequestSchema, SPEC_VERSION, specVersionOf, stagesOf } from './mission-spec.ts';
import { goalOf } from './said-message.ts';

const paths = (body: unknown) =>
  missionRequestSchema.safeParse(body).error?.issues.map((issue) => issue.path.join('.') || `(${issue.code})`) ?? [];

const SAID = [{ role: 'user', content: 'x' }];

describe('a mission request', () => {
  it('needs a goal and nothing else', () => {
    expect(missionRequestSchema.parse({ goal: 'hello' })).toEqual({
      goal: 'hello',
      priority: 5,
      metadata: {},
      tags: [],
    });
  });

  it.each([
    ['no goal', {}, ['goal']],
    ['a goal and messages', { goal: 'x', messages: [{ role: 'user', content: 'x' }] }, ['messages']],
    ['no messages', { messages: [] }, ['messages']],
    ['a model’s word for the goal', { messages: [...SAID, { role: 'assistant', content: 'y' }] }, ['messages']],
    ['a model that began', { messages: [{ role: 'assistant', content: 'y' }, ...SAID] }, ['messages']],
    ['a role of its own', { messages: [{ role: 'system', content: 'y' }, ...SAID] }, ['messages.0.role']],
    ['an empty message', { messages: [{ role: 'user', content: '' }] }, ['messages.0.content']],
    ['too many messages', { messages: Array.from({ length: 101 }, () => SAID[0]) }, ['messages']],
    ['a message with more to it', { messages: [{ ...SAID[0], name: 'y' }] }, ['messages.0']],
    ['an empty goal', { goal: '' }, ['goal']],
    ['a number for a string', { goal: 1 }, ['goal']],
    ['an unknown field', { goal: 'x', maxsteps: 3 }, ['(unrecognized_keys)']],
    ['a misspelt limit', { goal: 'x', limits: { maxStep: 3 } }, ['limits']],
    ['a fraction of a step', { goal: 'x', limits: { maxSteps: 1.5 } }, ['limits.maxSteps']],
    ['priority 0, which take-overs own', { goal: 'x', priority: 0 }, ['priority']],
    ['both ways to start later', { goal: 'x', delay: 1, startAt: '2026-12-01T00:00:00Z' }, ['delay']],
    ['a moment without an offset', { goal: 'x', startAt: '2026-12-01T00:00:00' }, ['startAt']],
    ['a moment no calendar has', { goal: 'x', deadline: '2026-02-30T00:00:00Z' }, ['deadline']],
    ['a moment far ahead', { goal: 'x', expiresAt: '9999-01-01T00:00:00Z' }, ['expiresAt']],
    [
      'instructions beside an agent',
      { goal: 'x', agent: 'a', instructions: 'y', tools: [] },
      ['instructions', 'tools'],
    ],
    ['a role that is nobody', { goal: 'x', chain: [{ name: 'y' }] }, ['chain.0.instructions']],
    ['a model beside a role’s agent', { goal: 'x', chain: [{ agent: 'a', model: 'y' }] }, ['chain.0.model']],
    ['a negative delay', { goal: 'x', delay: -1 }, ['delay']],
    ['a null character', { goal: 'a\0b' }, ['goal']],
    ['half a surrogate pair', { goal: 'x', tags: ['\ud800'] }, ['tags.0']],
    ['a null character in a key', { goal: 'x', metadata: { 'a\0': 'b' } }, ['metadata.a\0']],
    [
      'a secret that is no base64',
      { goal: 'x', webhook: { url: 'https://a.example', secret: `whsec_${'-'.repeat(40)}` } },
      ['webhook.secret'],
    ],
    [
      'a secret that is too short',
      { goal: 'x', webhook: { url: 'https://a.example', secret: 'whsec_c2hvcnQ=' } },
      ['webhook.secret'],
    ],
  ])('is refused with %s', (_, body, expected) => {
    expect(paths(body)).toEqual(expected);
  });

  it('takes a conversation for a goal', () => {
    const messages = [...SAID, { role: 'assistant', content: 'y' }, ...SAID, ...SAID];
    expect(paths({ messages })).toEqual([]);
    expect(goalOf(missionRequestSchema.parse({ messages }))).toEqual({ goal: 'x', said: messages.slice(0, 3) });
  });

  it('takes a secret of 24 to 64 bytes', () => {
    for (const bytes of [24, 32, 64]) {
      const secret = `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
      expect(paths({ goal: 'x', webhook: { url: 'https://a.example', secret } })).toEqual([]);
    }
    for (const bytes of [23, 65]) {
      const secret = `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
      expect(paths({ goal: 'x', webhook: { url: 'https://a.example', secret } })).toEqual(['webhook.secret']);
    }
  });
});

describe('the version of a spec', () => {
  const spec: MissionSpec = {
    goal: 'x',
    model: 'sim/demo',
    instructions: null,
    tools: [],
    modelOptions: {},
    limits: { maxSteps: 1, maxOutputTokens: 1 },
  };
  const declaredTools = [{ name: 'own', description: 'x', inputSchema: {} }];

  it('is one that workers from before tools of its own, budgets, settings of roles, known addresses, budgets of roles and messages leave to others', () => {
    expect(specVersionOf(spec)).toBe(1);
    expect(specVersionOf({ ...spec, declaredTools })).toBe(2);
    const budget = { tokens: 1, onExhausted: 'pause' } as const;
    expect(specVersionOf({ ...spec, declaredTools, budget })).toBe(3);
    const role = { name: 'r', model: 'sim/demo', instructions: null, tools: [] };
    expect(specVersionOf({ ...spec, chain: [role] })).toBe(1);
    expect(specVersionOf({ ...spec, budget, chain: [role, { ...role, fallbackModels: ['sim/load'] }] })).toBe(4);
    expect(specVersionOf({ ...spec, untrusted: true, knownAddresses: [] })).toBe(5);
    expect(specVersionOf({ ...spec, chain: [role, { ...role, budget }] })).toBe(6);
    const said = [{ role: 'user' as const, content: 'x' }];
    expect(specVersionOf({ ...spec, said, chain: [role, { ...role, budget }] })).toBe(7);
    expect(SPEC_VERSION).toBe(7);
  });
});

describe('the roles of a chain', () => {
  const limits = { maxSteps: 9, maxOutputTokens: 900 };
  const role = { name: 'r', model: 'sim/demo', instructions: null, tools: [] };
  const agent = { id: 'agt_1', name: 'researcher', version: 1 };
  const spec: MissionSpec = {
    goal: 'x',
    model: 'sim/demo',
    instructions: null,
    tools: [],
    modelOptions: { temperature: 1 },
    limits,
    smallModel: 'sim/small',
    summarize: true,
    fallbackModels: ['sim/load'],
    chain: [
      role,
      { ...role, agent },
      { ...role, agent, modelOptions: { temperature: 0 }, limits: { maxSteps: 2 }, fallbackModels: ['sim/other'] },
    ],
  };

  it('have what they leave out from their mission, and agents their own models or none', () => {
    const [own, plain, set] = stagesOf(spec);
    expect(own).toMatchObject({ smallModel: 'sim/small', summarize: true, fallbackModels: ['sim/load'] });
    expect(own).toMatchObject({ modelOptions: { temperature: 1 }, limits: { maxOutputTokens: 900 } });
    expect(plain?.smallModel ?? plain?.summarize ?? plain?.fallbackModels).toBeUndefined();
    expect(plain).toMatchObject({ modelOptions: { temperature: 1 }, limits: { maxOutputTokens: 900 } });
    expect(set).toMatchObject({ modelOptions: { temperature: 0 }, fallbackModels: ['sim/other'] });
    expect(set?.limits).toEqual({ maxSteps: 2, maxOutputTokens: 900 });
  });
});
