import { expect, it } from 'vitest';
import { isModelAllowed, parseModelRef } from './model-ref.ts';

it('a model name is split at its first slash', () => {
  expect(parseModelRef('sim/demo')).toEqual({ provider: 'sim', model: 'demo' });
  expect(parseModelRef('openai/meta/llama-4')).toEqual({ provider: 'openai', model: 'meta/llama-4' });
});

it.each(['demo', '/demo', 'sim/', 'Sim/demo', 'unknown/model', ''])('%j is not a model name', (value) => {
  expect(parseModelRef(value)).toBeNull();
});

it('a list lets through what it names, and what begins as its starred names do', () => {
  const allowed = ['sim/demo', 'anthropic/*'];
  expect(isModelAllowed('sim/demo', allowed)).toBe(true);
  expect(isModelAllowed('anthropic/claude', allowed)).toBe(true);
  expect(isModelAllowed('sim/demo2', allowed)).toBe(false);
  expect(isModelAllowed('openai/x', allowed)).toBe(false);
});
