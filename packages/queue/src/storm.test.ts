import { expect, it } from 'vitest';
import { createStormGauge } from './storm.ts';

const setup = () => createStormGauge({ errorsPerSecond: 3, restFirstMs: 1_000, restCapMs: 5_000 });
const burst = (gauge: ReturnType<typeof setup>, at: number) => [1, 2, 3, 4].map(() => gauge.note(at)).at(-1);

it('bears a few errors a second', () => {
  const gauge = setup();
  expect([0, 0, 0, 1_000, 1_000, 1_000].map((at) => gauge.note(at))).toEqual(Array(6).fill(undefined));
});

it('rests longer with every storm, up to a cap', () => {
  const gauge = setup();
  expect([0, 2_000, 5_000, 10_000, 16_000].map((at) => burst(gauge, at))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
});

it('starts again after a quiet time', () => {
  const gauge = setup();
  burst(gauge, 0);
  burst(gauge, 2_000);
  expect(burst(gauge, 60_000)).toBe(1_000);
});
