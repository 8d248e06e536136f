import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { SATED_AFTER_MS } from './settings.ts';
import { createSlotGate, type Seat } from './slot-gate.ts';

function setup(slots: number, consumers: number) {
  const gate = createSlotGate(slots);
  const told = Array.from({ length: consumers }, () => vi.fn<() => void>());
  const seats = told.map((onChange) => gate.join(onChange));
  return { seats, told };
}

function seatsOf(slots: number, count: number): Seat[] {
  return setup(slots, count).seats;
}

const takeAll = (seat: Seat | undefined) => {
  let taken = 0;
  while (seat?.take()) taken += 1;
  return taken;
};

it('lets a consumer that is alone have every slot, and never one more', () => {
  const [alone] = seatsOf(3, 1);
  expect(alone?.allowance()).toBe(3);
  expect(takeAll(alone)).toBe(3);
  expect(alone?.allowance()).toBe(3);
  alone?.free();
  expect(takeAll(alone)).toBe(1);
});

it('lets one consumer use every slot while the others have no bells, which keep asking for one', () => {
  const [busy, idle] = seatsOf(20, 2);
  expect(takeAll(busy)).toBe(20);
  expect(busy?.allowance()).toBe(20);
  expect(idle?.allowance()).toBe(1);
  expect(idle?.hasRoom()).toBe(false);
});

it('asks for nothing for a consumer whose bell found no slot, and keeps the next free one for it', () => {
  const { seats, told } = setup(20, 2);
  const [busy, hungry] = seats;
  takeAll(busy);
  expect(hungry?.take()).toBe(false);
  expect(hungry?.allowance()).toBe(0);
  busy?.free();
  expect(told[1]).toHaveBeenCalled();
  expect(hungry?.allowance()).toBe(1);
  expect(busy?.take()).toBe(false);
  expect(hungry?.take()).toBe(true);
});

it.each([1, 2, 7, 20])(
  'shares %i slots evenly among consumers that all have a backlog, whoever came first',
  (slots) => {
    const seats = seatsOf(slots, 3);
    takeAll(seats[0]);
    const ran = [0, 0, 0];
    /** Whose each running handler is; the oldest ends first. */
    const running = Array.from({ length: slots }, () => 0);
    for (let round = 0; round < 60 * slots; round += 1) {
      seats[running.shift() ?? 0]?.free();
      for (const [index, seat] of seats.entries()) {
        if (!seat.take()) continue;
        ran[index] = (ran[index] ?? 0) + 1;
        running.push(index);
      }
      expect(running).toHaveLength(slots);
    }
    expect(Math.min(...ran) / Math.max(...ran)).toBeGreaterThan(0.6);
  },
);

it('opens a slot to all that was kept in vain, because another process answered the bell', async () => {
  const [busy, sated] = seatsOf(2, 2);
  takeAll(busy);
  expect(sated?.take()).toBe(false);
  busy?.free();
  expect(busy?.take()).toBe(false);
  await sleep(SATED_AFTER_MS + 100);
  expect(busy?.take()).toBe(true);
});

it('gives the slots of a consumer that left to the others, once its handlers have ended', () => {
  const { seats, told } = setup(2, 2);
  const [leaving, staying] = seats;
  takeAll(leaving);
  leaving?.leave();
  expect(staying?.take()).toBe(false);
  told[1]?.mockClear();
  leaving?.free();
  expect(told[1]).toHaveBeenCalled();
  expect(staying?.allowance()).toBe(1);
  expect(staying?.take()).toBe(true);
});
