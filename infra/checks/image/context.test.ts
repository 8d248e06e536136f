import { expect, it } from 'vitest';
import { readIgnore } from './context.ts';

const isIgnored = readIgnore('# comment\n*\n!package.json\n!apps\n**/node_modules\n**/*.test.ts\n**/.env*\n');

it.each(['.env', 'apps/api/.env.local', '.git/config', 'apps/a.test.ts', 'apps/x/node_modules/y/z.js', 'README.md'])(
  'keeps %s back',
  (path) => {
    expect(isIgnored(path)).toBe(true);
  },
);

it.each(['package.json', 'apps/api/src/main.ts'])('sends %s', (path) => {
  expect(isIgnored(path)).toBe(false);
});
