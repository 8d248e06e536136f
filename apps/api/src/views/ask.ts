import { WAITING_KINDS } from '@flotilla/core';
import type { OpenAsk } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime, toTimeOrNull } from './time.ts';

export const askView = z
  .object({
    id: z.string().describe('What an answer names as askId.'),
    kind: z.enum(WAITING_KINDS),
    step: z.int().nullable(),
    call: z.int().nullable().describe('With step: the tool call whose result the answer becomes.'),
    request: z.record(z.string(), z.json()).describe('What whoever answers is to be shown.'),
    createdAt: timeView,
    expiresAt: timeView.nullable(),
  })
  .meta({ id: 'Ask' });

/** Something a waiting mission asked. `step` and `call` name the tool call whose result the answer becomes. */
export function toAskView(ask: OpenAsk): z.infer<typeof askView> {
  return {
    id: ask.id,
    kind: ask.kind,
    step: ask.step,
    call: ask.index,
    request: ask.request,
    createdAt: toTime(ask.createdAt),
    expiresAt: toTimeOrNull(ask.expiresAt),
  };
}
