import { DELIVERIES_TO_SLOW_PER_ACCOUNT } from '@flotilla/core';

/** One claim's place: whether the delivery may be to a slow endpoint, and what it turned out to be. */
export type Place = { takesSlow: boolean; settle(isSlow: boolean): void; leave(): void };

/**
 * Slow endpoints together have half of the slots: however many of them hang, a delivery to any other finds a slot free.
 * Until a claim is back it may turn out to be one of a slow endpoint, and counts as such.
 */
export function createSlowLane(slots: number): { enter(): Place } {
  const most = slowSlotsOf(slots);
  let slow = 0;
  let undecided = 0;
  return {
    enter() {
      const takesSlow = slow + undecided < most;
      let holds: 'undecided' | 'slow' | 'nothing' = takesSlow ? 'undecided' : 'nothing';
      if (takesSlow) undecided += 1;
      return {
        takesSlow,
        settle(isSlow) {
          if (holds !== 'undecided') return;
          undecided -= 1;
          if (isSlow) slow += 1;
          holds = isSlow ? 'slow' : 'nothing';
        },
        leave() {
          if (holds === 'undecided') undecided -= 1;
          if (holds === 'slow') slow -= 1;
          holds = 'nothing';
        },
      };
    },
  };
}

/** Deliveries to slow endpoints that an account may have in hand; of a small worker, half of what that has for them. */
export function toSlowPerAccount(slots: number): number {
  return Math.max(1, Math.min(DELIVERIES_TO_SLOW_PER_ACCOUNT, Math.floor(slowSlotsOf(slots) / 2)));
}

function slowSlotsOf(slots: number): number {
  return Math.max(1, Math.floor(slots / 2));
}
