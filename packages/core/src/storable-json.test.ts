import { expect, it } from 'vitest';
import { isStorableJson } from './storable-json.ts';

it.each([null, true, 1.5, '', 'Grüße 👩‍👩‍👧', '\\u0000', [], {}, { a: [{ b: 'c' }] }])('%j can be stored', (value) =>
  expect(isStorableJson(value)).toBe(true),
);

it.each(['a\0b', '\ud800', ['\udc00'], { a: [{ b: '\0' }] }, { 'a\0': 1 }])('%j cannot', (value) =>
  expect(isStorableJson(value)).toBe(false),
);
