import type { Message, ModelResponse, PassedOver } from '@flotilla/core';
import { FencedError, RetryableError, TerminalError, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { onAborted, sleep as realSleep } from './abortable.ts';
import { askHeld } from './ask-once.ts';
import { createHold, type Hold, NoBudgetError } from './budget/hold.ts';
import { type Candidate, callFirstOf, candidatesFromSmall, candidatesOf, optionsFor } from './fallback.ts';
import { NoRoomError } from './limits/no-room.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import type { Outcome } from './outcome.ts';
import { failed, spentOf, toOutcomeMessage } from './outcome.ts';
import type { CallContext, ModelRequest } from './provider.ts';
import { StoppedError } from './stop.ts';
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

/**
 * Gets step `number`'s reply from the model, in as many goes as its failures allow; or how the run ends without it.
 * @param asked `isMending`: only the form of an answer is to be mended, which the small model does first if there is one
 */
export async function callModel(
  context: LoopContext,
  asked: { number: number; conversation: Conversation; isMending: boolean },
): Promise<ModelReply | Outcome> {
  const { number, conversation, isMending } = asked;
  const candidates = isMending ? candidatesFromSmall(context) : candidatesOf(context);
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
        const request = toRequest(context, { candidate, messages, isCut, callContext });
        return askHeld(context, { hold, candidate, request, purpose: 'step' });
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

      const failure = toRetryable(error, callContext, context.onUnexpected);
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
  asked: { candidate: Candidate; messages: Message[]; isCut: boolean; callContext: CallContext },
): ModelRequest {
  const { role, agent, outputRule } = context;
  const { candidate, messages, isCut, callContext } = asked;
  return {
    model: candidate.model,
    system: systemOf(context),
    messages,
    ...(isCut && { isCut }),
    tools: [...agent.definitions],
    maxOutputTokens: role.limits.maxOutputTokens,
    options: optionsFor(context, candidate),
    ...(outputRule && { outputSchema: outputRule.schema }),
    context: callContext,
  };
}

/** Its instructions, and what the loop has to say itself. */
function systemOf({ role, agent, outputRule, untrusted }: LoopContext): string | null {
  const isMarked = untrusted.since() !== null || [...agent.tools.values()].some((tool) => tool.untrusted !== false);
  const parts = [role.instructions, isMarked ? UNTRUSTED_RULE : null, outputRule?.instruction ?? null];
  return parts.filter((part) => part !== null).join('\n\n') || null;
}

export function toRetryable(
  error: unknown,
  { step }: Pick<CallContext, 'step'>,
  onUnexpected: LoopContext['onUnexpected'],
): RetryableError {
  if (error instanceof RetryableError) return error;
  onUnexpected?.(error, { step });
  // Its own message is for the log: it may name hosts, files or secrets, and this one is shown to the client.
  return new RetryableError('internal_error', 'The model call failed in a way that was not foreseen', { cause: error });
}

/** Ends early when the mission is to stop, or whoever waits: nothing is in flight, so there is nothing to wait for. */
export async function waitInPlace({ stop, signal, sleep = realSleep }: LoopContext, ms: number): Promise<void> {
  const waiting = new AbortController();
  const stopListening = [stop.requested, signal].map((end) => onAborted(end, (reason) => waiting.abort(reason)));
  try {
    await sleep(ms, waiting.signal);
  } catch (error) {
    if (!waiting.signal.aborted) throw error;
  } finally {
    for (const stopOne of stopListening) stopOne();
  }
}
