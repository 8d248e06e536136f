import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

it('every race point of the table has a test of its name', () => {
  const inTable = [...read('tests/harness/race-points.ts').matchAll(/^ {2}'([^']+)':/gm)].map((match) => match[1]);
  const tests = globSync(['tests/integration/races/*.test.ts', 'tests/e2e/races/*.test.ts'], { cwd: ROOT });
  const held = tests.flatMap((path) => [...read(path).matchAll(/racePoint\('([^']+)'\)/g)].map((match) => match[1]));
  expect(new Set(held)).toEqual(new Set(inTable));
  expect(inTable.length).toBeGreaterThan(10);
});
