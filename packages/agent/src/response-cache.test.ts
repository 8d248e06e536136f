import type { ModelResponse } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import type { Budget } from './budget/budget.ts';
import type { ModelRequest } from './provider.ts';
import { requestFor, TOOLS } from './providers/testing/fixture.ts';
import { type ResponseCache, responseKey } from './response-cache.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { calls, createSpec, says, toolCall } from './testing/spec.ts';
import { echo } from './testing/tools.ts';

function createMemoryCache(): ResponseCache & { kept: Map<string, ModelResponse> } {
  const kept = new Map<string, ModelResponse>();
  return { kept, read: async (key) => kept.get(key) ?? null, write: (key, response) => void kept.set(key, response) };
}

/** The same mission on a new journal and a model that makes these moves. */
function again(responses: ResponseCache, moves: Parameters<typeof createScene>[0], changes = {}) {
  return createScene(moves, [echo], { responses, ...changes });
}

const paid = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, costMicroUsd: 1_234 };
const asks = { ...calls(toolCall('echo', { text: 'a' })), usage: paid };
const answers = { ...says('done'), usage: paid };

describe('with a response cache', () => {
  test('a mission that asks what was asked before calls no model, pays nothing, and its steps say so', async () => {
    const cache = createMemoryCache();
    const first = again(cache, [asks, answers]);
    expect(await runMission(first.input)).toEqual({ kind: 'completed', output: 'done' });
    expect(first.journal.steps.map(({ cached }) => cached)).toEqual([false, false]);
    const heard: string[] = [];
    const second = again(cache, [], { onText: (delta: string) => heard.push(delta) });
    expect(await runMission(second.input)).toEqual({ kind: 'completed', output: 'done' });
    expect(second.provider.requests).toEqual([]);
    expect(heard).toEqual(['done']);
    const free = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: 0 };
    expect(second.journal.steps).toMatchObject([
      { cached: true, response: { usage: free } },
      { cached: true, response: { usage: free } },
    ]);
  });

  test('a mission whose budget has no room for a call has what was kept; without room for a step it has not', async () => {
    const cache = createMemoryCache();
    await runMission(again(cache, [asks, answers]).input);
    const play = (what: 'usd' | 'steps') => {
      const budget: Budget = {
        priceOf: () => 5,
        async reserve({ tokens, microUsd }) {
          const isFree = tokens === 0 && microUsd === 0;
          const shortage = { what, limit: 1, spent: 1, reserved: 0, needed: 1 };
          return isFree && what === 'usd' ? { kind: 'reserved' } : { kind: 'exhausted', shortage };
        },
        giveBack: () => Promise.resolve(),
      };
      return runMission(again(cache, [], { budget }).input);
    };
    expect(await play('usd')).toEqual({ kind: 'completed', output: 'done' });
    expect(await play('steps')).toMatchObject({ kind: 'parked', asks: [{ kind: 'budget' }] });
  });

  test('a failed call, a refusal, a cut reply and broken arguments are asked anew', async () => {
    for (const bad of [new Error('boom'), says('no', 'refusal'), says('half', 'max_tokens')]) {
      const cache = createMemoryCache();
      await runMission(again(cache, [bad, bad, bad]).input);
      expect(cache.kept.size).toBe(0);
    }
    const cache = createMemoryCache();
    const broken = { ...toolCall('echo', '{oops'), inputError: 'not JSON' };
    await runMission(again(cache, [calls(broken), answers]).input);
    expect([...cache.kept.values()]).toEqual([answers]);
  });

  test('an answer that has to be mended is not what the next mission gets', async () => {
    const cache = createMemoryCache();
    const spec = createSpec({ outputSchema: { type: 'object', required: ['a'] } });
    const scene = again(cache, [says('no JSON'), says('{"a":1}')], { spec });
    expect(await runMission(scene.input)).toMatchObject({ kind: 'completed' });
    expect([...cache.kept.values()]).toEqual([says('{"a":1}')]);
  });
});

describe('the key of a question', () => {
  const base = requestFor('m', { tools: TOOLS, options: { temperature: 0 } });

  test('depends on all that a reply depends on', () => {
    const others: Partial<ModelRequest>[] = [
      { model: 'n' },
      { system: 'Be long.' },
      { options: { temperature: 1 } },
      { tools: [] },
      { messages: [] },
      { maxOutputTokens: 7 },
      { outputSchema: {} },
    ];
    const keys = [...others, {}].map((change) => responseKey('openai', { ...base, ...change }));
    keys.push(responseKey('anthropic', base));
    expect(new Set(keys).size).toBe(others.length + 2);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  test('does not depend on who asks, nor on the order in which a database hands out the fields of arguments', () => {
    const context = { missionId: 'another', step: 9, attempt: 9, try: 9 };
    expect(responseKey('openai', { ...base, context })).toBe(responseKey('openai', base));
    const calling = (input: { a: number; b: number }): ModelRequest => ({
      ...base,
      messages: [{ role: 'assistant', content: [toolCall('echo', input)] }],
    });
    expect(responseKey('openai', calling({ a: 1, b: 2 }))).toBe(responseKey('openai', calling({ b: 2, a: 1 })));
  });
});
