import { FAILURE_CODES, type FailureCode, parseModelRef, RetryableError, TerminalError } from '@flotilla/core';
import type { LoopContext } from './loop-context.ts';
import { assertOurs, stopAtBoundary } from './loop-context.ts';
import type { Provider } from './provider.ts';

/** A model by name, and the provider that has it. */
export type Candidate = { model: string; provider: Provider };

/** The models that may answer a step, in order: its role's own, then those the mission falls back on. */
export function candidatesOf({ role, spec, providers }: LoopContext): Candidate[] {
  const names = [role.model, ...(spec.fallbackModels ?? []).filter((name) => name !== role.model)];
  return names.flatMap((name) => {
    const ref = parseModelRef(name);
    const provider = ref ? providers(ref.provider) : undefined;
    return ref && provider ? [{ model: ref.model, provider }] : [];
  });
}

/** Terminal failures that are the provider's matter with us, and which another model may not have. */
const NOT_OURS: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'provider_auth',
  'provider_quota',
  'provider_not_configured',
]);

/**
 * What the first of the candidates that can be had makes of the call. One that is down, limited, suspended or stalled is
 * passed over; a request that was refused, or a reply that makes no sense, is not another model's to mend.
 * @throws what the first candidate failed with, when none of the others could help
 */
export async function callFirstOf<Reply>(
  context: LoopContext,
  candidates: readonly Candidate[],
  call: (candidate: Candidate) => Promise<Reply>,
): Promise<Reply> {
  let first: unknown = null;
  for (const candidate of candidates) {
    if (first !== null) {
      stopAtBoundary(context);
      assertOurs(context);
    }
    try {
      return await call(candidate);
    } catch (error) {
      context.signal.throwIfAborted();
      if (first === null && !isOthersToTry(error)) throw error;
      first ??= error;
    }
  }
  throw first;
}

function isOthersToTry(error: unknown): boolean {
  if (error instanceof TerminalError) return NOT_OURS.has(error.code);
  if (!(error instanceof RetryableError)) return false;
  const { kind } = FAILURE_CODES[error.code];
  return kind === 'not_now' || error.code === 'provider_timeout' || error.code === 'provider_stream_cut';
}
