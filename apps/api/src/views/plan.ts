import type { PlanItem } from '@flotilla/core';
import { z } from 'zod';

export const planView = z
  .object({ data: z.array(z.object({ text: z.string(), done: z.boolean() })) })
  .meta({ id: 'Plan' });

/** What is to be done, in order. */
export function toPlanView(items: readonly PlanItem[]): z.infer<typeof planView> {
  return { data: items.map(({ text, done }) => ({ text, done })) };
}
