import type { DeclaredTool } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createAgentPool } from './agent-pool.ts';
import { createSpec } from './testing/spec.ts';
import { createTool, echo } from './testing/tools.ts';

const declared = (description: string): DeclaredTool => ({
  name: 'own',
  description,
  inputSchema: { type: 'object' },
});

function createPool(max?: number) {
  const made: string[] = [];
  const agents = createAgentPool({
    tools: new Map([[echo.name, echo]]),
    declare(one) {
      made.push(one.description);
      return createTool(one.name, async () => one.description);
    },
    ...(max !== undefined && { max }),
  });
  return { agents, made };
}

const role = (description: string) => ({ tools: ['own', 'echo'], declaredTools: [declared(description)] });

describe('the agents of a worker', () => {
  test('are compiled once, however often they are played, and anew when they are another version', () => {
    const { agents, made } = createPool();
    const first = agents.of(role('version 1'));
    expect(agents.of(role('version 1'))).toBe(first);
    const second = agents.of(role('version 2'));
    expect(second.definitions.map(({ name }) => name)).toEqual(['own', 'echo']);
    expect(agents.of(role('version 1'))).toBe(first);
    expect(made).toEqual(['version 1', 'version 2']);
  });

  test('are no more than it may keep', () => {
    const { agents, made } = createPool(2);
    for (const version of ['a', 'b', 'c', 'a']) agents.of(role(version));
    expect(made).toEqual(['a', 'b', 'c', 'a']);
  });

  test('have what is on their list and nothing else', () => {
    const { agents } = createPool();
    expect([...agents.of({ tools: ['echo', 'gone'] }).tools.keys()]).toEqual(['echo']);
    expect([...agents.of({ tools: [], declaredTools: [declared('x')] }).tools.keys()]).toEqual([]);
  });

  test('tell which tools of a mission, of whatever stage, there are none of', () => {
    const { agents } = createPool();
    expect(agents.missingOf(createSpec({ ...role('x') }))).toEqual([]);
    const stage = { name: 's', model: 'sim/demo', instructions: null };
    const chain = [
      { ...stage, ...role('x') },
      { ...stage, tools: ['echo', 'own', 'gone', 'gone'] },
    ];
    expect(agents.missingOf(createSpec({ chain }))).toEqual(['own', 'gone']);
  });
});
