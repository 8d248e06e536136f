import type { Step } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createKeptHistories } from './kept-histories.ts';

function step(number: number, characters = 10): Step {
  return {
    number,
    chainStage: 0,
    attempt: 1,
    tries: 1,
    response: {
      provider: 'sim',
      model: 'test',
      message: { role: 'assistant', content: [{ type: 'text', text: 'x'.repeat(characters) }] },
      stopReason: 'end',
      usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 },
    },
    passedOver: [],
    cached: false,
    toolCalls: [],
    startedAt: new Date(),
    respondedAt: new Date(),
    completedAt: new Date(),
  };
}

describe('a kept history', () => {
  const steps = [step(1), step(2)];

  it('is handed to the claim that follows, once', () => {
    const histories = createKeptHistories();
    histories.keep('mis_1', 4, steps);
    expect(histories.take({ id: 'mis_1', attempt: 5, stepCount: 2 })).toBe(steps);
    expect(histories.take({ id: 'mis_1', attempt: 5, stepCount: 2 })).toBeNull();
  });

  it.each([
    ['another worker had the mission in between', { id: 'mis_1', attempt: 6, stepCount: 2 }],
    ['it is not as long as the journal', { id: 'mis_1', attempt: 5, stepCount: 3 }],
    ['it is another mission’s', { id: 'mis_2', attempt: 5, stepCount: 2 }],
  ])('is not handed out when %s', (_, claimed) => {
    const histories = createKeptHistories();
    histories.keep('mis_1', 4, steps);
    expect(histories.take(claimed)).toBeNull();
  });

  it('makes room for newer ones beyond the bound in missions, the oldest first', () => {
    const histories = createKeptHistories({ missions: 2, bytes: 1_000_000 });
    for (const id of ['a', 'b', 'a', 'c']) histories.keep(id, 1, steps);
    const isKept = (id: string) => histories.take({ id, attempt: 2, stepCount: 2 }) !== null;
    expect(['a', 'b', 'c'].filter(isKept)).toEqual(['a', 'c']);
  });

  it('makes room beyond the bound in bytes, and is not kept at all when it alone is beyond it', () => {
    const histories = createKeptHistories({ missions: 10, bytes: 10_000 });
    for (const id of ['a', 'b', 'c']) histories.keep(id, 1, [step(1, 2_000)]);
    const isKept = (id: string) => histories.take({ id, attempt: 2, stepCount: 1 }) !== null;
    expect(['a', 'b', 'c'].filter(isKept)).toEqual(['b', 'c']);
    histories.keep('d', 1, [step(1, 6_000)]);
    expect(isKept('d')).toBe(false);
    histories.keep('e', 1, [step(1, 4_000)]);
    expect(isKept('e')).toBe(true);
  });
});
