import { expect, it } from 'vitest';
import { createCircuit } from './circuit.ts';

function setup() {
  const clock = { at: 0 };
  const circuit = createCircuit({ failuresToOpen: 3, openForMs: 1_000, now: () => clock.at });
  const fail = (times: number) => {
    for (let index = 0; index < times; index += 1) circuit.failed();
  };
  return { clock, circuit, fail };
}

it('lets everything through until failures come in a row', () => {
  const { circuit, fail } = setup();
  fail(2);
  circuit.succeeded();
  fail(2);
  expect(circuit.allows()).toBe(true);
});

it('answers at once while open, and lets one try through per period', () => {
  const { clock, circuit, fail } = setup();
  fail(3);
  expect(circuit.allows()).toBe(false);
  clock.at = 1_000;
  expect([circuit.allows(), circuit.allows()]).toEqual([true, false]);
  fail(1);
  clock.at = 1_999;
  expect(circuit.allows()).toBe(false);
  clock.at = 2_000;
  expect(circuit.allows()).toBe(true);
});

it('closes with the first success', () => {
  const { clock, circuit, fail } = setup();
  fail(3);
  clock.at = 1_000;
  circuit.allows();
  circuit.succeeded();
  expect([circuit.allows(), circuit.allows()]).toEqual([true, true]);
});
