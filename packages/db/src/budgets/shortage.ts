import type { BudgetShortage } from '@flotilla/core';

const MICRO = 1_000_000;

/** What the database counts, as clients are told it: dollars for millionths, whole seconds. */
export function toShortage({ what, limit, spent, reserved, needed }: BudgetShortage): BudgetShortage {
  switch (what) {
    case 'usd':
      return {
        what,
        limit: limit / MICRO,
        spent: spent / MICRO,
        reserved: reserved / MICRO,
        needed: needed / MICRO,
      };
    case 'wallClockSeconds':
      return { what, limit, spent: Math.round(spent), reserved, needed };
    case 'tokens':
    case 'steps':
      return { what, limit, spent, reserved, needed };
  }
}
