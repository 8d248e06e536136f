import type { Message, ModelResponse, PassedOver } from '@flotilla/core';
import { FencedError, NO_USAGE, RetryableError, TerminalError, textOf, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { sleep as realSleep, untilAborted } from './abortable.ts';
import { createHold, type Hold, NoBudgetError } from './budget/hold.ts';
import { type Candidate, callFirstOf, candidatesOf } from './fallback.ts';
import { NoRoomError } from './limits/no-room.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import type { Outcome } from './outcome.ts';
import { failed, spentOf, toOutcomeMessage } from './outcome.ts';
import type { CallContext, ModelRequest, Provider } from './provider.ts';
import { isWorthKeeping, responseKey } from './response-cache.ts';
import { StoppedError } from './stop.ts';
import { toStorableResponse } from './storable.ts';
import { UNTRUSTED_RULE } from './untrusted/mark.ts';
import type { Conversation } from './window.ts';
import { windowOf } from './window.ts';

/** A complete reply, fit to be committed. `reservation`: of what was reserved for it, which its commit settles. */
export type ModelReply = {
  kind: 'replied';
  response: ModelResponse;
  passedOver: PassedOver[];
  cached: boolean;
  tries: number;
  startedAt: Date;
  reservation?: number;
};

/** Gets step `number`'s reply from the model, in as many goes as its failures allow; or how the run ends without it. */
export async function callModel(
  context: LoopContext,
  number: number,
  conversation: Conversation,
): Promise<ModelReply | Outcome> {
  const candidates = candidatesOf(context);
  if (candidates.length === 0) {
    return failed('provider_not_configured', `No provider is configured for the model ${context.role.model}`);
  }
  const hold = createHold(context);
  let isReplied = false;
  try {
    const end = await makeGoes(context, { number, conversation, candidates, hold });
    isReplied = end.kind === 'replied';
    return end;
  } finally {
    // Of a mission that is another attempt's, nothing is written any more.
    if (!isReplied && context.stop.reason !== 'fenced') await hold.giveBack();
  }
}

type Goes = { number: number; conversation: Conversation; candidates: Candidate[]; hold: Hold };

async function makeGoes(context: LoopContext, goes: Goes): Promise<ModelReply | Outcome> {
  const { number, conversation, candidates, hold } = goes;
  const { tries } = context;
  const startedAt = new Date();
  for (;;) {
    stopAtBoundary(context);
    assertOurs(context);
    const callContext = {
      missionId: context.missionId,
      step: number,
      attempt: context.attempt,
      try: tries.begin(),
    };
    try {
      const messages = windowOf(conversation);
      const isCut = messages.length < conversation.messages.length;
      const { reply, passedOver } = await callFirstOf(context, candidates, async (candidate) => {
        const request = toRequest(context, { model: candidate.model, messages, isCut, callContext });
        await hold.take(number, candidate, request);
        try {
          return await askOnce(context, candidate.provider, request);
        } catch (error) {
          hold.failed(error);
          throw error;
        }
      });
      const reservation = hold.number;
      return {
        kind: 'replied',
        ...reply,
        passedOver,
        tries: callContext.try,
        startedAt,
        ...(reservation !== undefined && { reservation }),
      };
    } catch (error) {
      context.signal.throwIfAborted();
      // The budget is another attempt's by now, as the journal would say.
      if (error instanceof FencedError) throw error;
      if (error instanceof NoBudgetError) return error.outcome;
      if (error instanceof NoRoomError) {
        const message = toOutcomeMessage(error.message);
        return { kind: 'retry_later', code: 'rate_limited', message, afterMs: error.afterMs, ...spentOf(tries) };
      }
      // It was told to stop while it waited for room.
      if (error instanceof StoppedError) throw error;
      if (error instanceof TerminalError) return failed(error.code, error.message);

      const failure = toRetryable(error, context.onUnexpected);
      const next = tries.fail(failure);
      const message = toOutcomeMessage(failure.message);
      if (next.kind === 'give_up') {
        return { kind: 'failed', code: failure.code, message: `${message} (${next.summary})` };
      }

      const { afterMs } = next;
      if (afterMs > WAIT_IN_PLACE_UP_TO_MS) {
        const code = failure.code === 'provider_rate_limited' ? 'rate_limited' : 'retry_backoff';
        return { kind: 'retry_later', code, message, afterMs, ...spentOf(tries) };
      }
      await waitInPlace(context, afterMs);
    }
  }
}

function toRequest(
  context: LoopContext,
  asked: { model: string; messages: Message[]; isCut: boolean; callContext: CallContext },
): ModelRequest {
  const { spec, agent, outputRule } = context;
  const { model, messages, isCut, callContext } = asked;
  return {
    model,
    system: systemOf(context),
    messages,
    ...(isCut && { isCut }),
    tools: [...agent.definitions],
    maxOutputTokens: spec.limits.maxOutputTokens,
    options: spec.modelOptions,
    ...(outputRule && spec.outputSchema && { outputSchema: spec.outputSchema }),
    context: callContext,
  };
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

/** Its instructions, and what the loop has to say itself. */
function systemOf({ role, agent, outputRule, untrusted }: LoopContext): string | null {
  const isMarked = untrusted.since() !== null || [...agent.tools.values()].some((tool) => tool.untrusted !== false);
  const parts = [role.instructions, isMarked ? UNTRUSTED_RULE : null, outputRule?.instruction ?? null];
  return parts.filter((part) => part !== null).join('\n\n') || null;
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

function toRetryable(error: unknown, onUnexpected: LoopContext['onUnexpected']): RetryableError {
  if (error instanceof RetryableError) return error;
  onUnexpected?.(error);
  // Its own message is for the log: it may name hosts, files or secrets, and this one is shown to the client.
  return new RetryableError('internal_error', 'The model call failed in a way that was not foreseen', { cause: error });
}

/** Ends early when the mission is to stop: nothing is in flight, so there is nothing to wait for. */
async function waitInPlace({ stop, sleep = realSleep }: LoopContext, ms: number): Promise<void> {
  try {
    await sleep(ms, stop.requested);
  } catch (error) {
    if (!stop.requested.aborted) throw error;
  }
}
