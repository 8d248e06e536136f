import type { BudgetShortage, ProviderName } from '@flotilla/core';

/** The most that a call of this model comes to, in tokens. */
export type MostTokens = { input: number; output: number };

/**
 * What a mission may still spend, asked before each of its model calls. A reservation that is made holds until the call's
 * commit settles it; one that nobody settles or gives back counts as spent. Both throw `FencedError` when another
 * attempt owns the mission.
 */
export interface Budget {
  /** In millionths of a US dollar; `null`: nobody knows the model's price. */
  priceOf(model: { provider: ProviderName; model: string }, tokens: MostTokens): number | null;
  /**
   * `number` counts the reservations of this run, from 1; `chainStage` is whose budget holds beside the mission's.
   * `tokens` and `microUsd` of 0 are for a reply that costs nothing, and needs a step all the same. `isOptional`: the mission goes on without the call, and that
   * there is no room for it is no news of its budget.
   */
  reserve(call: {
    number: number;
    step: number;
    chainStage: number;
    tokens: number;
    microUsd: number | null;
    isOptional: boolean;
  }): Promise<Reserved>;
  giveBack(number: number): Promise<void>;
}

/** `price_unknown`: the budget is in US dollars too. */
export type Reserved =
  | { kind: 'reserved' }
  | { kind: 'price_unknown' }
  | { kind: 'exhausted'; shortage: BudgetShortage };
