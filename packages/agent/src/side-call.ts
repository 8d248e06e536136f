import type { ModelResponse, RetryableError, SideCall } from '@flotilla/core';
import { FencedError, TerminalError, textOf, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { type Clock, onAborted, within } from './abortable.ts';
import { askHeld } from './ask-once.ts';
import { createHold, type Hold, NoBudgetError } from './budget/hold.ts';
import { type Candidate, callFirstOf, candidatesFromSmall, candidatesOf, optionsFor } from './fallback.ts';
import { userSays } from './history.ts';
import { NoRoomError } from './limits/no-room.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import { toRetryable, waitInPlace } from './model-call.ts';
import { overhear } from './overhear.ts';
import type { ModelRequest } from './provider.ts';
import { createStepTries, type StepTries } from './step-tries.ts';
import { StoppedError } from './stop.ts';
import { toStorableResponse } from './storable.ts';
import type { Question } from './tool.ts';
import { ENDS_WITHIN_MS } from './unused-call.ts';

/** A tool call's way to a model. `made`: the call that was made, to be paid whatever the tool makes of the reply. */
type Asking = {
  readonly made: SideCall | undefined;
  /** @throws Error, written for the model that has called the tool, when there is no answer */
  ask(question: Question, during: During): Promise<string>;
  /**
   * What the tool's run comes to, once nothing that it has asked is under way any more. Where its mission has been
   * stopped, no result will come that pays what it has asked: that is paid here.
   */
  endAfter<T>(run: Promise<T>): Promise<T>;
};

/** A tool's run. Its time stands still while a model has the question: how long that may take is the model's matter. */
type During = { signal: AbortSignal; clock: Clock };

/** One tool call asks one question, so that the ledger has a row for each. */
export function createAsking(context: LoopContext, { step, index }: { step: number; index: number }): Asking {
  let made: SideCall | undefined;
  let answered: Promise<unknown> | undefined;
  let call: Promise<unknown> | undefined;
  const over = new AbortController();

  async function ask(question: Question, { signal, clock }: During): Promise<string> {
    // Nobody reads along, and no schema is for it: it is no part of what the mission says.
    const { onText: _onText, ...silent } = context;
    const side = { ...silent, signal: over.signal, outputRule: null };
    const hold = createHold(side, { isOptional: true });
    const hear = (reply: Promise<ModelResponse>) => {
      const reservation = hold.number;
      const note = (response: ModelResponse) => {
        made = toSideCall(toStorableResponse(response), { reservation });
      };
      call = reply.then(note).catch(() => undefined);
    };
    const listen: Goes['listen'] = (candidate) => overhear(candidate, { clock, onCall: hear });
    const stopListening = onAborted(signal, (reason) => over.abort(reason));
    try {
      const { response, cached } = await makeGoes(side, { step, index, question, hold, listen });
      made = toSideCall(response, { reservation: hold.number, cached });
      return readReply(textOf(response.message), response.stopReason);
    } finally {
      stopListening();
      if (!made && context.stop.reason !== 'fenced') await hold.giveBack();
    }
  }

  async function end(): Promise<void> {
    // From here on nothing can be asked, and nobody waits for an answer: the tool's time is over, and bounds nothing.
    answered ??= Promise.resolve();
    over.abort(new Error('The tool that has asked did not wait for the answer.'));
    await answered;
    if (call) await within(ENDS_WITHIN_MS, call);
    const { stop, journal } = context;
    // Of a mission that is another attempt's, nothing is written any more.
    if (!made || !stop.signal.aborted || stop.reason === 'fenced') return;
    await journal.commitUnusedCall({ step, index, ...made });
  }

  return {
    get made() {
      return made;
    },
    ask(question, during) {
      if (answered) return Promise.reject(new Error('A tool call may ask a model one question, and this one has.'));
      const answer = ask(question, during);
      answered = answer.catch(() => undefined);
      return answer;
    },
    async endAfter(run) {
      try {
        return await run;
      } finally {
        await end();
      }
    },
  };
}

function toSideCall(
  { provider, model, usage }: ModelResponse,
  { reservation, cached = false }: { reservation: number | undefined; cached?: boolean },
): SideCall {
  return {
    response: { provider, model, usage },
    ...(reservation !== undefined && { reservation }),
    ...(cached && { cached }),
  };
}

function readReply(text: string, stopReason: ModelResponse['stopReason']): string {
  if (stopReason === 'refusal') throw new Error(`The model refused to answer${text && `: ${text}`}`);
  const end = stopReason === 'max_tokens' ? '\n[the answer was cut off: it is longer than it may be]' : '';
  return `${text || '[no answer]'}${end}`;
}

type Goes = {
  step: number;
  /** Of the tool call. */
  index: number;
  question: Question;
  hold: Hold;
  /** The same candidate, whose reply is noticed whenever it comes. */
  listen: (candidate: Candidate) => Candidate;
};
type Reply = { response: ModelResponse; cached: boolean };

/** As a step's call, but what a step waits for longer than in place is an answer here: a tool has its own time. */
async function makeGoes(context: LoopContext, goes: Goes): Promise<Reply> {
  const { step, index, question, hold, listen } = goes;
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
        return askHeld(context, { hold, candidate: listen(candidate), request, purpose: index });
      });
      return reply;
    } catch (error) {
      context.signal.throwIfAborted();
      await waitInPlace(context, waitAfter(error, { tries, step }, context));
    }
  }
}

function candidatesFor(context: LoopContext, { model }: Question): Candidate[] {
  const { role } = context;
  // Whoever names a model wants that one's answer and no other's.
  const candidates =
    model === undefined
      ? candidatesFromSmall(context)
      : candidatesOf({ ...context, role: { ...role, model, fallbackModels: [] } });
  if (candidates.length > 0) return candidates;
  throw new Error(`No provider is configured for the model ${model ?? role.smallModel ?? role.model}.`);
}

function toRequest(
  context: LoopContext,
  { question, candidate, step, go }: { question: Question; candidate: Candidate; step: number; go: number },
): ModelRequest {
  const { role, missionId, attempt } = context;
  return {
    model: candidate.model,
    system: question.instructions ?? null,
    messages: [userSays(question.text)],
    tools: [],
    maxOutputTokens: role.limits.maxOutputTokens,
    options: optionsFor(context, candidate),
    context: { missionId, step, attempt, try: go },
  };
}

/** How long the next go is away. @throws what there is no further go after */
function waitAfter(
  error: unknown,
  { tries, step }: { tries: StepTries; step: number },
  { onUnexpected }: LoopContext,
): number {
  if (error instanceof NoBudgetError) {
    throw new Error(`${error.message} Nobody was asked: answer it yourself, or do without.`, { cause: error });
  }
  if (error instanceof FencedError || error instanceof StoppedError || error instanceof TerminalError) throw error;
  // For as long as the tool has time.
  if (error instanceof NoRoomError) return Math.min(error.afterMs, WAIT_IN_PLACE_UP_TO_MS);
  const failure: RetryableError = toRetryable(error, { step }, onUnexpected);
  const next = tries.fail(failure);
  if (next.kind === 'wait' && next.afterMs <= WAIT_IN_PLACE_UP_TO_MS) return next.afterMs;
  throw failure;
}
