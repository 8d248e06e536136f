import { expect, it } from 'vitest';
import { createKnownNames } from './known-names.ts';

it('a name that never answered is no label, whoever keeps sending it', () => {
  const isKnown = createKnownNames();
  expect(isKnown('openai/made-up', false)).toBe(false);
  expect(isKnown('openai/real', true)).toBe(true);
  expect(isKnown('openai/real', false)).toBe(true);
});

it('a gateway that answers to every name does not fill Prometheus with series', () => {
  const isKnown = createKnownNames();
  const labels = Array.from({ length: 1_000 }, (_, at) => isKnown(`openai/name-${at}`, true)).filter(Boolean);
  expect(labels.length).toBeLessThanOrEqual(50);
  expect(isKnown('openai/name-0', false)).toBe(true);
});
