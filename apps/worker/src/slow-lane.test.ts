import { expect, it } from 'vitest';
import { createSlowLane, toSlowPerAccount } from './slow-lane.ts';

it('slow endpoints have half of the slots, and give each back when its delivery is over', () => {
  const lane = createSlowLane(4);
  const [first, second, third] = [lane.enter(), lane.enter(), lane.enter()];
  expect([first.takesSlow, second.takesSlow, third.takesSlow]).toEqual([true, true, false]);
  first.settle(true);
  second.settle(false);
  const fourth = lane.enter();
  expect(fourth.takesSlow).toBe(true);
  fourth.settle(true);
  expect(lane.enter().takesSlow).toBe(false);
  for (const place of [first, second, third, fourth]) place.leave();
  expect([lane.enter().takesSlow, lane.enter().takesSlow, lane.enter().takesSlow]).toEqual([true, true, false]);
});

it('a claim that failed gives its place back, once', () => {
  const lane = createSlowLane(2);
  const place = lane.enter();
  place.leave();
  place.leave();
  expect([lane.enter().takesSlow, lane.enter().takesSlow]).toEqual([true, false]);
});

it('an account has half of the slow lane of a small worker, and a small part of that of a large one', () => {
  expect([1, 2, 4, 10, 40, 200].map(toSlowPerAccount)).toEqual([1, 1, 1, 2, 10, 10]);
});
