import type { Budget, Reserved } from '@flotilla/agent';
import { FencedError, hasRoleBudgets, type MissionSpec } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { WorkerFacts } from './facts.ts';
import { type WhileLive, whileLive } from './while-live.ts';

export type MissionBudgetOptions = {
  db: Pick<Database, 'budgets'>;
  live: WhileLive;
  spec: MissionSpec;
  priceOf: Budget['priceOf'];
  facts: Pick<WorkerFacts, 'fenced'>;
};

/** A mission's budget in Postgres. A database that is away is waited for while the lease holds, like the journal's. */
export function createMissionBudget({ db, live, spec, priceOf, facts }: MissionBudgetOptions): Budget {
  const { owner } = live;
  const isByRole = hasRoleBudgets(spec);
  return {
    priceOf,
    async reserve({ chainStage, ...call }): Promise<Reserved> {
      const asked = { ...owner, ...call, ...(isByRole && { chainStage }) };
      const outcome = await whileLive(live, () => db.budgets.reserve(asked));
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
