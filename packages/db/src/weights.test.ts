import type { MissionSpec } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { weighLeave, weighMission } from './weights.ts';

const LIMITS = { maxSteps: 9, maxOutputTokens: 9 };
const SPEC: MissionSpec = {
  goal: 'x',
  model: 'sim/demo',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: LIMITS,
};
const LONG = 'x'.repeat(100_000);
const OWNER = { missionId: 'm', attempt: 1 };

describe('a statement is kept within its bytes by', () => {
  it.each([
    ['a goal', { spec: { ...SPEC, goal: LONG } }],
    ['a schema of the output', { spec: { ...SPEC, outputSchema: { description: LONG } } }],
    ['metadata', { metadata: { note: LONG } }],
    ['tags', { tags: [LONG] }],
  ])('%s of a new mission', (_, long) => {
    expect(weighMission({ spec: SPEC, tags: [], metadata: {}, ...long })).toBeGreaterThan(LONG.length);
  });

  it('the children that a park starts, and what it asks', () => {
    const park = { ...OWNER, status: 'waiting', code: 'c', message: 'm', tries: 0 } as const;
    const waitingFor = { kind: 'children', detail: {} } as const;
    const child = { id: 'c', step: 1, index: 0, spec: { ...SPEC, goal: LONG } };
    const ask = {
      kind: 'input',
      step: 1,
      index: 0,
      request: { question: LONG },
      argumentsHash: 'h',
      expiresInMs: null,
    } as const;
    expect(weighLeave({ ...park, waitingFor, asks: [], children: [child, child] })).toBeGreaterThan(2 * LONG.length);
    expect(weighLeave({ ...park, waitingFor, asks: [ask], children: [] })).toBeGreaterThan(LONG.length);
  });
});
