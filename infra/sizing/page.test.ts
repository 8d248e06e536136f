import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scalingPage } from './page.ts';
import { sizeOf } from './size.ts';

it('docs/scaling.md is what the measured figures come to', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8')).toBe(scalingPage());
});

it('ten times the workers do ten times the work, and need ten times the stores', () => {
  const shape = { name: '', calls: 8, callSeconds: 5 };
  const [some, more] = [sizeOf(100, shape), sizeOf(1_000, shape)];
  expect(more.missionsPerSecond).toBeCloseTo(10 * some.missionsPerSecond);
  expect(more.postgresCores).toBeCloseTo(10 * some.postgresCores);
  expect(some.missionsPerSecond).toBe(125);
});
