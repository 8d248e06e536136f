import type { PlanItem } from '@flotilla/core';

/** What is to be done, in order. */
export function toPlanView(items: readonly PlanItem[]) {
  return { data: items.map(({ text, done }) => ({ text, done })) };
}
