import type { BudgetShortage } from '@flotilla/core';

const UNITS: Record<BudgetShortage['what'], string> = {
  usd: 'US dollars',
  tokens: 'tokens',
  steps: 'steps',
  wallClockSeconds: 'seconds',
};

/** For people, who are to know by how much to raise it. */
export function describeShortage({ what, limit, spent, reserved, needed }: BudgetShortage): string {
  const left = Math.max(0, Number((limit - spent - reserved).toFixed(6)));
  const gone = reserved > 0 ? `${spent} are spent and ${reserved} reserved` : `${spent} are spent`;
  const next = needed > left ? `; the next call may take ${needed}, and ${left} are left` : '';
  const hint =
    what === 'usd' || what === 'tokens' ? '. A lower limits.maxOutputTokens makes what a call may take smaller' : '';
  return `Of a budget of ${limit} ${UNITS[what]} ${gone}${next}${hint}.`;
}
