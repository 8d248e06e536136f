import type { BudgetShortage } from '@flotilla/core';
import type { Candidate } from '../fallback.ts';
import type { LoopContext } from '../loop-context.ts';
import type { Failed, Parked } from '../outcome.ts';
import { failed, spentOf } from '../outcome.ts';
import type { ModelRequest } from '../provider.ts';
import { describeShortage } from './describe-shortage.ts';
import { isFree } from './is-free.ts';
import { mostTokens } from './most-tokens.ts';

/** The budget has no room for a call, and this is how the run ends for want of it. */
export class NoBudgetError extends Error {
  override name = 'NoBudgetError';
  readonly outcome: Failed | Parked;

  constructor(outcome: Failed | Parked, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

/** What one step's call may cost, held from before its first go until its commit. */
export type Hold = {
  /** Of what is reserved now; the commit settles it. Absent: nothing is. */
  readonly number: number | undefined;
  /**
   * Reserves the most that the call may cost, unless so much is held already.
   * @throws {NoBudgetError}
   */
  take(step: number, candidate: Candidate, request: ModelRequest): Promise<void>;
  /** A go has failed. What it may have cost stays reserved for good. */
  failed(error: unknown): void;
  /** No further go is made. */
  giveBack(): Promise<void>;
};

type Held = { number: number; tokens: number; microUsd: number | null };

/**
 * A mission without a budget holds nothing, and asks nobody.
 * @param options `isOptional`: for a call that the mission goes on without, where there is no room for it
 */
export function createHold(context: LoopContext, { isOptional = false }: { isOptional?: boolean } = {}): Hold {
  const { budget, reservations } = context;
  let held: Held | undefined;

  async function giveBack(): Promise<void> {
    if (!held) return;
    const { number } = held;
    held = undefined;
    await budget?.giveBack(number);
  }

  return {
    get number() {
      return held?.number;
    },
    async take(step, { model, provider }, request) {
      if (!budget) return;
      const most = mostTokens(request);
      const tokens = most.input + most.output;
      const microUsd = budget.priceOf({ provider: provider.name, model }, most);
      if (held && covers(held, { tokens, microUsd })) return;
      await giveBack();
      const number = reservations.next();
      const reserved = await budget.reserve({ number, step, tokens, microUsd, isOptional });
      switch (reserved.kind) {
        case 'reserved':
          held = { number, tokens, microUsd };
          return;
        case 'price_unknown':
          throw noPrice(`${provider.name}/${model}`);
        case 'exhausted':
          throw noRoom(context, reserved.shortage);
      }
    },
    failed(error) {
      // Aborted, it may have been under way.
      if (context.signal.aborted || !isFree(error)) held = undefined;
    },
    giveBack,
  };
}

function covers(held: Held, { tokens, microUsd }: Omit<Held, 'number'>): boolean {
  if (microUsd === null || held.microUsd === null) return microUsd === held.microUsd && held.tokens >= tokens;
  return held.microUsd >= microUsd && held.tokens >= tokens;
}

function noRoom({ spec, tries }: LoopContext, shortage: BudgetShortage): NoBudgetError {
  const message = describeShortage(shortage);
  if (spec.budget?.onExhausted === 'fail') return new NoBudgetError(failed('budget_exhausted', message), message);
  // It expires with the mission's deadline and no sooner: without an answer it could only ask again.
  const ask = { kind: 'budget', step: null, index: null, argumentsHash: null, expiresInMs: null } as const;
  const asks = [{ ...ask, request: { ...shortage, message } }];
  return new NoBudgetError({ kind: 'parked', asks, children: [], ...spentOf(tries) }, message);
}

function noPrice(model: string): NoBudgetError {
  const message =
    `No price is known for ${model}, so a budget in US dollars cannot be kept. ` +
    'Tell the workers its price in their PRICES_FILE, or limit tokens instead.';
  return new NoBudgetError(failed('price_unknown', message), message);
}
