import type { ModelResponse } from '@flotilla/core';
import { NO_USAGE, textOf } from '@flotilla/core';
import { untilAborted } from './abortable.ts';
import type { Hold } from './budget/hold.ts';
import type { Candidate } from './fallback.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs } from './loop-context.ts';
import type { CallContext, CallCost, CallHooks, ModelRequest } from './provider.ts';
import { isWorthKeeping, responseKey } from './response-cache.ts';
import { toStorableResponse } from './storable.ts';
import { hearOut, type Purpose, payUnused } from './unused-call.ts';

type Go = { hold: Hold; candidate: Candidate; request: ModelRequest; purpose: Purpose };

/**
 * One go at a reply: the one that was given to the same question, where it is kept, which costs nothing and needs no
 * room; otherwise the provider's, for which the most that it may cost is held, and which then is kept.
 * @throws what its provider throws, or the hold
 */
export async function askHeld(context: LoopContext, go: Go): Promise<{ response: ModelResponse; cached: boolean }> {
  const { responses } = context;
  if (!responses) return { response: await callHeld(context, go), cached: false };
  const { hold, candidate, request } = go;
  const key = responseKey(candidate.provider.name, request);
  const kept = await responses.read(key);
  if (kept) {
    await hold.takeFree(request.context.step);
    context.signal.throwIfAborted();
    const text = textOf(kept.message);
    if (text) tellText(context, text, { ...request.context, offset: 0 });
    return { response: { ...kept, usage: NO_USAGE }, cached: true };
  }
  const keep = (response: ModelResponse) => responses.write(key, response);
  return { response: await callHeld(context, go, keep), cached: false };
}

async function callHeld(
  context: LoopContext,
  go: Go,
  keep?: (response: ModelResponse) => void,
): Promise<ModelResponse> {
  await go.hold.take(go.request.context.step, go.candidate, go.request);
  const response = await callOnce(context, go);
  if (keep && isWorthKeeping(response, context.outputRule)) keep(response);
  return response;
}

/**
 * One call, whose reply is fit to be committed. What it has cost where it comes to nothing is paid before it throws.
 * @throws what its provider throws, or the journal
 */
export async function callOnce(context: LoopContext, go: Go): Promise<ModelResponse> {
  const { hold, candidate, request, purpose } = go;
  const { onText } = context;
  const call: { reply?: Promise<ModelResponse>; spent?: CallCost } = {};
  let isOver = false;
  let offset = 0;
  const forwardText = (delta: string) => {
    // An abandoned call may go on talking.
    if (isOver) return;
    tellText(context, delta, { ...request.context, offset });
    offset += delta.length;
  };
  try {
    const { signal, stop } = context;
    const hooks: CallHooks = {
      signal,
      stopWaiting: stop.requested,
      onWaiting: () => hold.setUnderWay(false),
      beforeCall() {
        assertOurs(context);
        hold.setUnderWay(true);
      },
      onSpent(spent) {
        call.spent = spent;
      },
      ...(onText && { onText: forwardText }),
    };
    const response = await untilAborted(signal, () => {
      hold.setUnderWay(true);
      call.reply = candidate.provider.call(request, hooks);
      return call.reply;
    });
    return toStorableResponse(response);
  } catch (error) {
    const unused = await hearOut(context, call, purpose);
    const reservation = hold.number;
    hold.failed(error, unused !== null);
    if (unused) await payUnused(context, { ...unused, step: request.context.step, purpose, reservation });
    throw error;
  } finally {
    isOver = true;
  }
}

function tellText({ onText, onUnexpected }: LoopContext, delta: string, place: CallContext & { offset: number }): void {
  try {
    onText?.(delta, place);
  } catch (error) {
    onUnexpected?.(error, { step: place.step });
  }
}
