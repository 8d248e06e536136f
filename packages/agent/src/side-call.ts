import type { ModelResponse, RetryableError, SideCall } from '@flotilla/core';
import { FencedError, TerminalError, textOf, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { askHeld } from './ask-once.ts';
import { createHold, type Hold, NoBudgetError } from './budget/hold.ts';
import { type Candidate, callFirstOf, candidatesOf } from './fallback.ts';
import { userSays } from './history.ts';
import { NoRoomError } from './limits/no-room.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import { toRetryable, waitInPlace } from './model-call.ts';
import type { ModelRequest } from './provider.ts';
import { createStepTries, type StepTries } from './step-tries.ts';
import { StoppedError } from './stop.ts';
import type { Question } from './tool.ts';

/** A tool call's way to a model. `made`: the call that was made, to be paid whatever the tool makes of the reply. */
type Asking = {
  readonly made: SideCall | undefined;
  /** @throws Error, written for the model that has called the tool, when there is no answer */
  ask(question: Question, signal: AbortSignal): Promise<string>;
};

/** One tool call asks one question, so that the ledger has a row for each. */
export function createAsking(context: LoopContext, step: number): Asking {
  let made: SideCall | undefined;
  let isAsked = false;
  return {
    get made() {
      return made;
    },
    async ask(question, signal) {
      if (isAsked) throw new Error('A tool call may ask a model one question, and this one has.');
      isAsked = true;
      // Nobody reads along, and no schema is for it: it is no part of what the mission says.
      const { onText: _onText, ...silent } = context;
      const side = { ...silent, signal, outputRule: null };
      const hold = createHold(side, { isOptional: true });
      try {
        const { provider, model, usage, message, stopReason } = await makeGoes(side, { step, question, hold });
        const reservation = hold.number;
        made = { response: { provider, model, usage }, ...(reservation !== undefined && { reservation }) };
        return readReply(textOf(message), stopReason);
      } finally {
        if (!made && context.stop.reason !== 'fenced') await hold.giveBack();
      }
    },
  };
}

function readReply(text: string, stopReason: ModelResponse['stopReason']): string {
  if (stopReason === 'refusal') throw new Error(`The model refused to answer${text && `: ${text}`}`);
  const end = stopReason === 'max_tokens' ? '\n[the answer was cut off: it is longer than it may be]' : '';
  return `${text || '[no answer]'}${end}`;
}

type Goes = { step: number; question: Question; hold: Hold };

/** As a step's call, but what a step waits for longer than in place is an answer here: a tool has its own time. */
async function makeGoes(context: LoopContext, { step, question, hold }: Goes): Promise<ModelResponse> {
  const candidates = candidatesFor(context, question);
  const { random, now } = context;
  const tries = createStepTries({ tries: 0, failingForMs: null, patienceMs: 0, random, now });
  for (;;) {
    stopAtBoundary(context);
    assertOurs(context);
    const go = tries.begin();
    try {
      const { reply } = await callFirstOf(context, candidates, (candidate) => {
        const request = toRequest(context, { question, candidate, step, go });
        return askHeld(context, { hold, candidate, request });
      });
      return reply.response;
    } catch (error) {
      context.signal.throwIfAborted();
      await waitInPlace(context, waitAfter(error, tries, context));
    }
  }
}

function candidatesFor(context: LoopContext, { model }: Question): Candidate[] {
  const { role } = context;
  const { smallModel, fallbackModels = [] } = role;
  const own =
    smallModel === undefined ? role : { ...role, model: smallModel, fallbackModels: [role.model, ...fallbackModels] };
  // Whoever names a model wants that one's answer and no other's.
  const asked = model === undefined ? own : { ...role, model, fallbackModels: [] };
  const candidates = candidatesOf({ ...context, role: asked });
  if (candidates.length === 0) throw new Error(`No provider is configured for the model ${asked.model}.`);
  return candidates;
}

function toRequest(
  { role, missionId, attempt }: LoopContext,
  { question, candidate, step, go }: { question: Question; candidate: Candidate; step: number; go: number },
): ModelRequest {
  const { model, provider } = candidate;
  return {
    model,
    system: question.instructions ?? null,
    messages: [userSays(question.text)],
    tools: [],
    maxOutputTokens: role.limits.maxOutputTokens,
    // Most options are one model's own.
    options: `${provider.name}/${model}` === role.model ? role.modelOptions : {},
    context: { missionId, step, attempt, try: go },
  };
}

/** How long the next go is away. @throws what there is no further go after */
function waitAfter(error: unknown, tries: StepTries, { onUnexpected }: LoopContext): number {
  if (error instanceof NoBudgetError) {
    throw new Error(`${error.message} Nobody was asked: answer it yourself, or do without.`, { cause: error });
  }
  if (error instanceof FencedError || error instanceof StoppedError || error instanceof TerminalError) throw error;
  // For as long as the tool has time.
  if (error instanceof NoRoomError) return Math.min(error.afterMs, WAIT_IN_PLACE_UP_TO_MS);
  const failure: RetryableError = toRetryable(error, onUnexpected);
  const next = tries.fail(failure);
  if (next.kind === 'wait' && next.afterMs <= WAIT_IN_PLACE_UP_TO_MS) return next.afterMs;
  throw failure;
}
