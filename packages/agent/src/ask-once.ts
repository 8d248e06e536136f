import type { ModelResponse } from '@flotilla/core';
import { NO_USAGE, textOf } from '@flotilla/core';
import { untilAborted } from './abortable.ts';
import type { Hold } from './budget/hold.ts';
import type { Candidate } from './fallback.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs } from './loop-context.ts';
import type { CallContext, ModelRequest, Provider } from './provider.ts';
import { isWorthKeeping, responseKey } from './response-cache.ts';
import { toStorableResponse } from './storable.ts';

/** One go at a reply, for which the most that it may cost is held. @throws what its provider throws, or the hold */
export async function askHeld(
  context: LoopContext,
  { hold, candidate, request }: { hold: Hold; candidate: Candidate; request: ModelRequest },
): Promise<{ response: ModelResponse; cached: boolean }> {
  await hold.take(request.context.step, candidate, request);
  try {
    return await askOnce(context, candidate.provider, request);
  } catch (error) {
    hold.failed(error);
    throw error;
  }
}

/** The reply to the same question, where one is kept; otherwise the provider's, which then is. */
async function askOnce(
  context: LoopContext,
  provider: Provider,
  request: ModelRequest,
): Promise<{ response: ModelResponse; cached: boolean }> {
  const { responses, outputRule } = context;
  if (!responses) return { response: await callOnce(context, provider, request), cached: false };
  const key = responseKey(provider.name, request);
  const kept = await responses.read(key);
  if (kept) {
    context.signal.throwIfAborted();
    const text = textOf(kept.message);
    if (text) tellText(context, text, { ...request.context, offset: 0 });
    return { response: { ...kept, usage: NO_USAGE }, cached: true };
  }
  const response = await callOnce(context, provider, request);
  if (isWorthKeeping(response, outputRule)) responses.write(key, response);
  return { response, cached: false };
}

/** One call, whose reply is fit to be committed. @throws what its provider throws */
export async function callOnce(
  context: LoopContext,
  provider: Provider,
  request: ModelRequest,
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
    const hooks = { signal, stopWaiting: stop.requested, beforeCall: () => assertOurs(context) };
    const response = await untilAborted(signal, () =>
      provider.call(request, onText ? { ...hooks, onText: forwardText } : hooks),
    );
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
