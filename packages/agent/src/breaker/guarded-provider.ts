import { type FailureCode, RetryableError } from '@flotilla/core';
import type { Provider } from '../provider.ts';
import { type Breaker, createBreaker } from './breaker.ts';

export type GuardedProviderOptions = {
  /** It was told to rest, or answers again. */
  onTurn?: (turn: { model: string; isOpen: boolean }) => void;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
};

/** Failures that say the model cannot be had. A limit of ours or of a key says nothing of the kind, nor does a wrong request. */
const SAYS_DOWN: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'provider_overloaded',
  'provider_error',
  'provider_unreachable',
  'provider_timeout',
  'provider_stream_cut',
]);

/** A model's breaker, and what it last failed with: whoever meets the breaker is told of that too. */
type Guard = { breaker: Breaker; lastFailure: FailureCode | null };

/** Whoever may name any model could otherwise make this map grow without end. */
const MODELS_MAX = 1_000;

/** A provider with a breaker for each of its models: one that fails again and again is left alone for a while. */
export function createGuardedProvider(provider: Provider, options: GuardedProviderOptions = {}): Provider {
  const { onTurn, now = () => performance.now() } = options;
  const breakers = new Map<string, Guard>();

  function breakerOf(model: string): Guard {
    const known = breakers.get(model) ?? { breaker: createBreaker(now), lastFailure: null };
    if (breakers.size < MODELS_MAX) breakers.set(model, known);
    return known;
  }

  return {
    name: provider.name,
    async call(request, hooks) {
      const { model } = request;
      const guard = breakerOf(model);
      const { breaker } = guard;
      const retryAfterMs = breaker.refusesForMs();
      if (retryAfterMs !== null) {
        const last = guard.lastFailure ? `, last with ${guard.lastFailure}` : '';
        const message = `Calls to ${provider.name}/${model} are suspended: it failed again and again${last}`;
        throw new RetryableError('provider_suspended', message, { retryAfterMs });
      }
      try {
        const response = await provider.call(request, hooks);
        if (breaker.state() !== 'closed') onTurn?.({ model, isOpen: false });
        breaker.succeeded();
        return response;
      } catch (error) {
        if (!hooks.signal.aborted && error instanceof RetryableError && SAYS_DOWN.has(error.code)) {
          guard.lastFailure = error.code;
          if (breaker.failed()) onTurn?.({ model, isOpen: true });
        } else {
          breaker.ended();
        }
        throw error;
      }
    },
  };
}
