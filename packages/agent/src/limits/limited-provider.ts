import { type ModelResponse, RetryableError, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { onAborted } from '../abortable.ts';
import type { CallHooks, ModelRequest, Provider } from '../provider.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { NoRoomError } from './no-room.ts';
import type { Permit, ProviderGate } from './provider-gate.ts';

export type LimitedProviderOptions = {
  gate: ProviderGate;
  /** The provider with each of its keys, by the name the gate knows the key by. */
  byKey: ReadonlyMap<string, Provider>;
  /** Whether the gate wants to know how many tokens a call may come to; counting them is work. */
  countsTokens: boolean;
  /** Told of every call what it waited, and whether it got room. */
  onWaited?: (wait: { waitedMs: number; isAdmitted: boolean }) => void;
};

/** What a provider that turns a call away without a `retry-after` is left alone for. */
const REST_MS = 5_000;
/** The provider learns of an abort a moment later than we do, and counts the call until then. */
const ABORT_ARRIVES_MS = 500;

/**
 * A provider whose calls wait for room: each goes with the key that the gate gave a permit for. A key that is turned away
 * rests for the whole fleet, and the call goes on with another that has room at once.
 */
export function createLimitedProvider(name: Provider['name'], options: LimitedProviderOptions): Provider {
  const { gate, byKey, countsTokens, onWaited } = options;

  async function acquire(call: { tokens: number; waitMs: number }, hooks: CallHooks): Promise<Permit | number> {
    const waiting = new AbortController();
    const stops = [hooks.signal, ...(hooks.stopWaiting ? [hooks.stopWaiting] : [])];
    const stopListening = stops.map((signal) => onAborted(signal, (reason) => waiting.abort(reason)));
    try {
      for (;;) {
        const admitted = await gate.acquire({ ...call, signal: waiting.signal });
        if (admitted.kind === 'wait') return admitted.afterMs;
        if (admitted.permit.isFresh()) return admitted.permit;
        // The process stood still for longer than a permit lasts.
        admitted.permit.release({ wasSent: false, tokens: 0 });
      }
    } finally {
      for (const stop of stopListening) stop();
    }
  }

  return {
    name,
    async call(request, hooks) {
      const tokens = countsTokens ? estimateTokens(request) : 0;
      let waitMs = WAIT_IN_PLACE_UP_TO_MS;
      let turnedAway: RetryableError | null = null;
      for (let key = 0; key < byKey.size; key += 1) {
        hooks.onWaiting?.();
        const askedAt = performance.now();
        const permit = await acquire({ tokens, waitMs }, hooks);
        onWaited?.({ waitedMs: performance.now() - askedAt, isAdmitted: typeof permit !== 'number' });
        if (typeof permit === 'number') throw turnedAway ?? new NoRoomError(name, permit);
        try {
          return await callWith(permit, request, hooks);
        } catch (error) {
          if (!isTurnedAway(error)) throw error;
          gate.backOff(permit.key, error.retryAfterMs ?? REST_MS);
          turnedAway = error;
          waitMs = 0;
        }
      }
      throw turnedAway ?? new NoRoomError(name, 0);
    },
  };

  async function callWith(permit: Permit, request: ModelRequest, hooks: CallHooks): Promise<ModelResponse> {
    let outcome = { wasSent: false, tokens: null as number | null };
    let restMs = 0;
    try {
      const provider = byKey.get(permit.key);
      if (!provider) throw new Error(`there is no key ${permit.key}`);
      hooks.beforeCall?.();
      outcome = { wasSent: true, tokens: null };
      const response = await provider.call(request, hooks);
      outcome.tokens = tokensOf(response);
      return response;
    } catch (error) {
      if (isTurnedAway(error)) outcome.tokens = 0;
      else if (outcome.wasSent) restMs = ABORT_ARRIVES_MS;
      throw error;
    } finally {
      if (restMs === 0) permit.release(outcome);
      else setTimeout(() => permit.release(outcome), restMs);
    }
  }
}

/** `null` where the provider's figures are no counts: a reply is judged by the loop, and the estimate stands here. */
function tokensOf({ usage }: ModelResponse): number | null {
  const { inputTokens, outputTokens } = usage;
  return isCount(inputTokens) && isCount(outputTokens) ? inputTokens + outputTokens : null;
}

function isCount(tokens: unknown): boolean {
  return Number.isSafeInteger(tokens) && Number(tokens) >= 0;
}

function isTurnedAway(error: unknown): error is RetryableError {
  if (!(error instanceof RetryableError)) return false;
  return error.code === 'provider_rate_limited' || error.code === 'provider_overloaded';
}
