import {
  FAILURE_CODES,
  type FailureCode,
  FencedError,
  type ModelOptions,
  type PassedOver,
  parseModelRef,
  RetryableError,
  TerminalError,
} from '@flotilla/core';
import { NoRoomError } from './limits/no-room.ts';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import { toOutcomeMessage } from './outcome.ts';
import type { Provider } from './provider.ts';

/** A model by name, and the provider that has it. `isLesser`: it answers in place of the role's own, to save money. */
export type Candidate = { model: string; provider: Provider; isLesser?: boolean };

/** The models that may answer a step, in order: its role's own, then those it falls back on. */
export function candidatesOf({ role, providers }: Pick<LoopContext, 'role' | 'providers'>): Candidate[] {
  const names = [role.model, ...(role.fallbackModels ?? []).filter((name) => name !== role.model)];
  return names.flatMap((name) => {
    const ref = parseModelRef(name);
    const provider = ref ? providers(ref.provider) : undefined;
    return ref && provider ? [{ model: ref.model, provider }] : [];
  });
}

/** The small model in front of them, where the role has one. */
export function candidatesFromSmall(context: Pick<LoopContext, 'role' | 'providers'>): Candidate[] {
  const { role, providers } = context;
  const { model, smallModel, fallbackModels = [] } = role;
  if (smallModel === undefined || smallModel === model) return candidatesOf(context);
  const small = candidatesOf({ providers, role: { ...role, model: smallModel, fallbackModels: [] } });
  const others = { ...role, fallbackModels: fallbackModels.filter((name) => name !== smallModel) };
  return [...small.map((one) => ({ ...one, isLesser: true })), ...candidatesOf({ providers, role: others })];
}

/** Most options are one model's own: a role's are for the model that it names, and for none that answers in its place. */
export function optionsFor({ role }: LoopContext, { model, provider }: Candidate): ModelOptions {
  return `${provider.name}/${model}` === role.model ? role.modelOptions : {};
}

/** Terminal failures that are the provider's matter with us, and which another model may not have. */
const NOT_OURS: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'provider_auth',
  'provider_quota',
  'provider_not_configured',
]);

type Failure = { candidate: Candidate; error: unknown };

/**
 * What the first of the candidates that can be had makes of the call, and why each before it could not be had. One that
 * is down, limited, suspended or stalled is passed over, and so is one that our own limits have no room for, with all of
 * its provider's; a request that was refused, or a reply that makes no sense, is not another model's to mend. A lesser
 * model is passed over whatever it fails with: it may know less than what was asked for.
 * @throws what the first candidate that is no lesser one failed with, when none of the others could help
 */
export async function callFirstOf<Reply>(
  context: LoopContext,
  candidates: readonly Candidate[],
  call: (candidate: Candidate) => Promise<Reply>,
): Promise<{ reply: Reply; passedOver: PassedOver[] }> {
  const failures: Failure[] = [];
  for (const candidate of candidates) {
    if (failures.length > 0) {
      stopAtBoundary(context);
      assertOurs(context);
    }
    // Its models share the provider's limits: another one would only wait once more.
    const full = failures.find(
      ({ candidate: { provider }, error }) => provider === candidate.provider && isFull(error),
    );
    if (full) {
      failures.push({ candidate, error: full.error });
      continue;
    }
    try {
      return { reply: await call(candidate), passedOver: failures.map(toPassedOver) };
    } catch (error) {
      context.signal.throwIfAborted();
      const isFirst = failures.every(isOfLesser);
      const isPassedOver = isOthersToTry(error) || (candidate.isLesser && isFailure(error));
      if (error instanceof FencedError || (isFirst && !isPassedOver)) throw error;
      failures.push({ candidate, error });
    }
  }
  throw (failures.find((failure) => !isOfLesser(failure)) ?? failures[0])?.error;
}

/** The words of an error that is none of ours are for the log: they may name hosts, files or secrets. */
function toPassedOver({ candidate, error }: Failure): PassedOver {
  return {
    provider: candidate.provider.name,
    model: candidate.model,
    code: codeOf(error),
    message:
      isFailure(error) || error instanceof NoRoomError ? toOutcomeMessage(error.message) : 'It failed unexpectedly',
  };
}

function codeOf(error: unknown): FailureCode {
  if (isFailure(error)) return error.code;
  return error instanceof NoRoomError ? 'provider_rate_limited' : 'internal_error';
}

function isOfLesser({ candidate }: Failure): boolean {
  return candidate.isLesser === true;
}

/** One in our words. */
function isFailure(error: unknown): error is TerminalError | RetryableError {
  return error instanceof TerminalError || error instanceof RetryableError;
}

function isFull(error: unknown): boolean {
  return error instanceof NoRoomError;
}

function isOthersToTry(error: unknown): boolean {
  if (isFull(error)) return true;
  if (error instanceof TerminalError) return NOT_OURS.has(error.code);
  if (!(error instanceof RetryableError)) return false;
  const { kind } = FAILURE_CODES[error.code];
  return kind === 'not_now' || error.code === 'provider_timeout' || error.code === 'provider_stream_cut';
}
