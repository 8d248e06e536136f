import type { OpenAsk } from '@flotilla/db';
import { toTime, toTimeOrNull } from './time.ts';

/** Something a waiting mission asked. `step` and `call` name the tool call whose result the answer becomes. */
export function toAskView(ask: OpenAsk) {
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
