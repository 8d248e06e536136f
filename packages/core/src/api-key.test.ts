import { expect, it } from 'vitest';
import { createApiKey, parseApiKey } from './api-key.ts';

it('a key parses back to the prefix and hash it was made with, and no two are alike', () => {
  const made = createApiKey();
  expect(parseApiKey(made.key)).toEqual(made);
  expect(made.key.startsWith(`${made.prefix}_`)).toBe(true);
  expect(createApiKey().key).not.toBe(made.key);
});

it('a key with any one character changed fails its checksum', () => {
  const { key } = createApiKey();
  for (let place = 'fl_live_'.length; place < key.length; place++) {
    const other = key.charAt(place) === 'x' ? 'y' : 'x';
    expect(parseApiKey(key.slice(0, place) + other + key.slice(place + 1))).toBeNull();
  }
});

it.each([
  '',
  'fl_live_',
  'Bearer x',
  'sk-ant-123',
  `${createApiKey().key} `,
  `${createApiKey().key}\n`,
  createApiKey().prefix,
])('is not a key: %j', (value) => expect(parseApiKey(value)).toBeNull());
