import { BUDGET_KINDS, type BudgetKind, type BudgetLine, type BudgetRaise, type BudgetState } from '@flotilla/core';
import { invalidRequest } from '../http/input.ts';

const MICRO = 1_000_000;

/**
 * A budget is raised by naming its new total. What is no more than the present one would leave the mission where it is.
 * @throws {ProblemError} `invalid_request`
 */
export function checkRaise(raise: BudgetRaise, budget: BudgetState | null): void {
  const errors = BUDGET_KINDS.flatMap((kind) => {
    const asked = raise[kind];
    if (asked === undefined) return [];
    const limit = limitOf(budget, kind);
    const path = `/answer/${kind}`;
    if (limit === null) return [{ path, message: 'is not limited, and so cannot be raised' }];
    return asked > limit ? [] : [{ path, message: `must be more than ${limit}, which it is now` }];
  });
  if (errors.length > 0) throw invalidRequest(errors);
}

function limitOf(budget: BudgetState | null, kind: BudgetKind): number | null {
  const of = (line: BudgetLine | null | undefined) => line?.limit ?? null;
  switch (kind) {
    case 'usd': {
      const limit = of(budget?.microUsd);
      return limit === null ? null : limit / MICRO;
    }
    case 'tokens':
      return of(budget?.tokens);
    case 'steps':
      return of(budget?.steps);
    case 'wallClockSeconds':
      return of(budget?.seconds);
  }
}
