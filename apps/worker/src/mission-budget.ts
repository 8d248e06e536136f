import type { Budget, Reserved } from '@flotilla/agent';
import { FencedError } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { WorkerFacts } from './facts.ts';
import { type WhileLive, whileLive } from './while-live.ts';

export type MissionBudgetOptions = {
  db: Pick<Database, 'budgets'>;
  live: WhileLive;
  priceOf: Budget['priceOf'];
  facts: Pick<WorkerFacts, 'fenced'>;
};

/** A mission's budget in Postgres. A database that is away is waited for while the lease holds, like the journal's. */
export function createMissionBudget({ db, live, priceOf, facts }: MissionBudgetOptions): Budget {
  const { owner } = live;
  return {
    priceOf,
    async reserve(call): Promise<Reserved> {
      const outcome = await whileLive(live, () => db.budgets.reserve({ ...owner, ...call }));
      switch (outcome.kind) {
        case 'fenced':
          facts.fenced('reserve');
          throw new FencedError(owner.missionId, owner.attempt);
        case 'unlimited':
          return { kind: 'reserved' };
        case 'exhausted':
          return outcome;
        case 'reserved':
        case 'price_unknown':
          return { kind: outcome.kind };
      }
    },
    giveBack: (number) => whileLive(live, () => db.budgets.giveBack({ ...owner, number })),
  };
}
