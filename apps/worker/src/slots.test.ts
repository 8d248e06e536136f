import { expect, it } from 'vitest';
import { detectSlots } from './slots.ts';

it('gives 320 slots to 32 vCPU with 128,000 MB', () => {
  expect(detectSlots({ cpus: 32, bytes: 128_000_000_000 })).toBe(320);
});

it('is bounded by memory, by CPUs, by 2,000, and is never 0', () => {
  expect(detectSlots({ cpus: 32, bytes: 1_000_000_000 })).toBe(5);
  expect(detectSlots({ cpus: 2, bytes: 128_000_000_000 })).toBe(20);
  expect(detectSlots({ cpus: 1_000, bytes: 1e13 })).toBe(2_000);
  expect(detectSlots({ cpus: 1, bytes: 100_000_000 })).toBe(1);
});
