import { type BudgetShortage, onExhaustedOf } from '@flotilla/core';
import type { Candidate } from '../fallback.ts';
import type { LoopContext } from '../loop-context.ts';
import type { Failed, Parked } from '../outcome.ts';
import { failed, spentOf } from '../outcome.ts';
import type { ModelRequest } from '../provider.ts';
import type { Budget } from './budget.ts';
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
  /**
   * For a reply that costs nothing: however little is left, there is room for it, if there is for a step.
   * @throws {NoBudgetError}
   */
  takeFree(step: number): Promise<void>;
  /** The call is on its way now, or only waits for that. */
  setUnderWay(isUnderWay: boolean): void;
  /** A go has failed. What it may have cost stays reserved for good; `isPaid`: it has cost something, as is known. */
  failed(error: unknown, isPaid: boolean): void;
  /** No further go is made. */
  giveBack(): Promise<void>;
};

type Most = { tokens: number; microUsd: number | null };
type Held = Most & { number: number };

const NOTHING: Most = { tokens: 0, microUsd: 0 };

/**
 * A mission without a budget holds nothing, and asks nobody.
 * @param options `isOptional`: for a call that the mission goes on without, where there is no room for it
 */
export function createHold(context: LoopContext, { isOptional = false }: { isOptional?: boolean } = {}): Hold {
  const { budget, reservations, chainStage } = context;
  let held: Held | undefined;
  let isUnderWay = false;

  async function giveBack(): Promise<void> {
    if (!held) return;
    const { number } = held;
    held = undefined;
    await budget?.giveBack(number);
  }

  async function reserve(of: Budget, { step, most, model }: { step: number; most: Most; model: string }) {
    await giveBack();
    const number = reservations.next();
    const reserved = await of.reserve({ number, step, chainStage, ...most, isOptional });
    switch (reserved.kind) {
      case 'reserved':
        held = { number, ...most };
        return;
      case 'price_unknown':
        throw noPrice(model);
      case 'exhausted':
        throw noRoom(context, reserved.shortage);
    }
  }

  return {
    get number() {
      return held?.number;
    },
    async take(step, { model, provider }, request) {
      isUnderWay = false;
      if (!budget) return;
      const tokens = mostTokens(request);
      const microUsd = budget.priceOf({ provider: provider.name, model }, tokens);
      const most = { tokens: tokens.input + tokens.output, microUsd };
      if (held && covers(held, most)) return;
      await reserve(budget, { step, most, model: `${provider.name}/${model}` });
    },
    async takeFree(step) {
      if (budget && !held) await reserve(budget, { step, most: NOTHING, model: '' });
    },
    setUnderWay(is) {
      isUnderWay = is;
    },
    failed(error, isPaid) {
      if (isPaid) held = undefined;
      // What was never sent costs nothing, whatever ended the wait. Under way and aborted, it may have been answered.
      if (isUnderWay && (context.signal.aborted || !isFree(error))) held = undefined;
    },
    giveBack,
  };
}

function covers(held: Held, { tokens, microUsd }: Most): boolean {
  if (microUsd === null || held.microUsd === null) return microUsd === held.microUsd && held.tokens >= tokens;
  return held.microUsd >= microUsd && held.tokens >= tokens;
}

function noRoom({ spec, role, tries }: LoopContext, shortage: BudgetShortage): NoBudgetError {
  const message = describeShortage(shortage);
  if (onExhaustedOf(spec.budget, role.budget) === 'fail') {
    return new NoBudgetError(failed('budget_exhausted', message), message);
  }
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
