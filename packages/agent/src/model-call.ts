import type { Message, ModelResponse } from '@flotilla/core';
import { RetryableError, TerminalError, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { sleep as realSleep, untilAborted } from './abortable.ts';
import { callFirstOf, candidatesOf } from './fallback.ts';
import { NoRoomError } from './limits/no-room.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import type { Outcome } from './outcome.ts';
import { failed, spentOf, toOutcomeMessage } from './outcome.ts';
import type { CallContext, ModelRequest, Provider } from './provider.ts';
import { StoppedError } from './stop.ts';
import { toStorableResponse } from './storable.ts';
import type { Conversation } from './window.ts';
import { windowOf } from './window.ts';

/** A complete reply, fit to be committed. */
export type ModelReply = { kind: 'replied'; response: ModelResponse; tries: number; startedAt: Date };

/** Gets step `number`'s reply from the model, in as many goes as its failures allow; or how the run ends without it. */
export async function callModel(
  context: LoopContext,
  number: number,
  conversation: Conversation,
): Promise<ModelReply | Outcome> {
  const { role, tries } = context;
  const candidates = candidatesOf(context);
  if (candidates.length === 0) {
    return failed('provider_not_configured', `No provider is configured for the model ${role.model}`);
  }

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
      const response = await callFirstOf(context, candidates, ({ model, provider }) =>
        callOnce(context, provider, toRequest(context, { model, messages, callContext })),
      );
      return { kind: 'replied', response, tries: callContext.try, startedAt };
    } catch (error) {
      context.signal.throwIfAborted();
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
  { spec, role, outputRule, tools }: LoopContext,
  { model, messages, callContext }: { model: string; messages: Message[]; callContext: CallContext },
): ModelRequest {
  return {
    model,
    system: outputRule ? [role.instructions ?? '', outputRule.instruction].join('\n\n').trim() : role.instructions,
    messages,
    tools: role.tools.flatMap((name) => {
      const tool = tools.get(name);
      return tool ? [{ name, description: tool.description, inputSchema: tool.inputSchema }] : [];
    }),
    maxOutputTokens: spec.limits.maxOutputTokens,
    options: spec.modelOptions,
    ...(outputRule && spec.outputSchema && { outputSchema: spec.outputSchema }),
    context: callContext,
  };
}

async function callOnce(context: LoopContext, provider: Provider, request: ModelRequest): Promise<ModelResponse> {
  const { onText, onUnexpected } = context;
  let isOver = false;
  const forwardText = (delta: string) => {
    // An abandoned call may go on talking.
    if (isOver) return;
    try {
      onText?.(delta, request.context);
    } catch (error) {
      onUnexpected?.(error);
    }
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
