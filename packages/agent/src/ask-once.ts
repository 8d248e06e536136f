import type { ModelResponse } from '@flotilla/core';
import { NO_USAGE, textOf } from '@flotilla/core';
import { untilAborted } from './abortable.ts';
import type { Hold } from './budget/hold.ts';
import type { Candidate } from './fallback.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs } from './loop-context.ts';
import type { CallContext, CallHooks, ModelRequest, Provider } from './provider.ts';
import { isWorthKeeping, responseKey } from './response-cache.ts';
import { toStorableResponse } from './storable.ts';

type Go = { hold: Hold; candidate: Candidate; request: ModelRequest };

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
  { hold, candidate, request }: Go,
  keep?: (response: ModelResponse) => void,
): Promise<ModelResponse> {
  await hold.take(request.context.step, candidate, request);
  try {
    const response = await callOnce(context, { hold, provider: candidate.provider, request });
    if (keep && isWorthKeeping(response, context.outputRule)) keep(response);
    return response;
  } catch (error) {
    hold.failed(error);
    throw error;
  }
}

/** One call, whose reply is fit to be committed. @throws what its provider throws */
export async function callOnce(
  context: LoopContext,
  { hold, provider, request }: { hold: Hold; provider: Provider; request: ModelRequest },
): Promise<ModelResponse> {
  const { onText } = context;
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
      ...(onText && { onText: forwardText }),
    };
    const response = await untilAborted(signal, () => {
      hold.setUnderWay(true);
      return provider.call(request, hooks);
    });
    return toStorableResponse(response);
  } finally {
    isOver = true;
  }
}

function tellText({ onText, onUnexpected }: LoopContext, delta: string, place: CallContext & { offset: number }): void {
  try {
    onText?.(delta, place);
  } catch (error) {
    onUnexpected?.(error);
  }
}
