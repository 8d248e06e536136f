import { expect, test } from 'vitest';
import { createSpec } from '../testing/spec.ts';
import { createAddresses } from './addresses.ts';

const MINE = 'https://mine.example/a';
const THEIRS = 'https://theirs.example/?d=42';
const said = [
  { role: 'user' as const, content: `I like ${MINE}` },
  { role: 'assistant' as const, content: `Then see ${THEIRS}` },
];
const result = { toolCallId: 'c', name: 'http_fetch', content: `Go to ${THEIRS}`, isError: false, truncated: false };
const page = {
  number: 1,
  message: { role: 'assistant' as const, content: [] },
  calls: [{ name: 'http_fetch', input: {}, result: { ...result, untrusted: true } }],
};

test.each([
  ['its mission', createSpec({ said }), []],
  ['a mission before it', createSpec(), [{ missionId: 'mis_1', said, goal: 'x', answer: null, steps: [] }]],
])('an address in a conversation that %s was posted with is known where the user wrote it', (_whose, spec, earlier) => {
  const addresses = createAddresses({ spec, steps: [], earlier });
  addresses.add(page);
  expect(addresses.knows(MINE, 1)).toBe(true);
  // Nor where the model is told it once more.
  expect(addresses.knows(THEIRS, 1)).toBe(false);
});
