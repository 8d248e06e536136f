import type { JsonObject, ModelResponse, Usage } from '@flotilla/core';
import { MODEL_FIRST_TOKEN_TIMEOUT_MS, RetryableError, TerminalError } from '@flotilla/core';
import type { Sleep } from '../../abortable.ts';
import type { CallHooks, ModelRequest } from '../../provider.ts';
import { filler } from './filler.ts';
import { SIM_WORK } from './tool.ts';

const STEPS_DEFAULT = 3;
/** Short enough to be waited for in place. */
const RETRY_AFTER_MS = 50;
const MODEL = 'sim/load (simulator)';

type LoadDeps = {
  sleep: Sleep;
  /** A monotonic clock in milliseconds, for `outageMs` only. */
  monotonicNow: () => number;
};

/**
 * `sim/load`: a model whose every move is set by the mission's `modelOptions`, for load and failure tests.
 *
 * - `steps` (default 3): that many replies with one call of `sim_work` each, then the final answer; so `steps: 3` is
 *   four model calls. Where it stands it reads from `context.step` alone.
 * - `latencyMs`: how long each reply takes. `toolLatencyMs`: how long each `sim_work` takes.
 * - `outputBytes`: the exact size of each tool result and of the final answer, whatever `maxOutputTokens` says.
 * - `failEvery: n` with `failWith` (default `500`): the mission's n-th, 2n-th, … call fails; see {@link isNthCall}.
 * - `stallEvery: n`: the n-th, 2n-th, … call never answers: it ends with the signal, or as `provider_timeout` after
 *   `MODEL_FIRST_TOKEN_TIMEOUT_MS`. A call that is due for both fails.
 * - `outageMs`: calls fail with `provider_unreachable` until that long after the first call with this option that
 *   the process saw. It is counted in each process for itself, and comes once in a process's life.
 */
export function createLoadModel({ sleep, monotonicNow }: LoadDeps) {
  let outageBeganAt: number | null = null;

  return async function callLoad(request: ModelRequest, hooks: CallHooks): Promise<ModelResponse> {
    const { options, context } = request;
    const { signal } = hooks;
    signal.throwIfAborted();

    if (options.outageMs) {
      outageBeganAt ??= monotonicNow();
      if (monotonicNow() - outageBeganAt < options.outageMs) {
        throw new RetryableError('provider_unreachable', 'simulated outage', { retryAfterMs: null });
      }
    }
    if (options.failEvery && isNthCall(options.failEvery, context)) throw failure(options.failWith ?? '500');
    if (options.stallEvery && isNthCall(options.stallEvery, context)) {
      await sleep(MODEL_FIRST_TOKEN_TIMEOUT_MS, signal);
      throw new RetryableError('provider_timeout', 'simulated stall: no token came');
    }
    // A timer of 0 ms still costs a turn of the event loop and an entry in the timer list, in each of 1,500 missions/s.
    if (options.latencyMs) await sleep(options.latencyMs, signal);

    const steps = options.steps ?? STEPS_DEFAULT;
    return context.step <= steps ? toolCall(request) : finalAnswer(request, steps, hooks);
  };
}

/**
 * Whether this is the mission's n-th, 2n-th, … call, the failed ones counted, told from step and try alone.
 * Between two failures lie n − 1 calls that succeed, one a step; so the calls that fail are the first tries of the
 * steps n, 2n − 1, 3n − 2, … (for n = 3: 3, 5, 7), and a second try always gets through. With n = 1 every call fails.
 * `attempt` does not count: tries are carried from attempt to attempt, and a step that another worker begins anew
 * meets the same failure once more, and no other.
 */
export function isNthCall(n: number, { step, try: tryNumber }: { step: number; try: number }): boolean {
  if (n === 1) return true;
  return tryNumber === 1 && step > 1 && (step - 1) % (n - 1) === 0;
}

function failure(failWith: '429' | '500' | '529' | 'terminal'): Error {
  switch (failWith) {
    case '429':
      return new RetryableError('provider_rate_limited', 'simulated 429', { retryAfterMs: RETRY_AFTER_MS });
    case '500':
      return new RetryableError('provider_error', 'simulated 500');
    case '529':
      return new RetryableError('provider_overloaded', 'simulated 529');
    case 'terminal':
      return new TerminalError('provider_refused_request', 'simulated refusal of the request');
  }
}

function toolCall({ tools, options, context, messages }: ModelRequest): ModelResponse {
  if (!tools.some((tool) => tool.name === SIM_WORK)) {
    throw new TerminalError(
      'provider_refused_request',
      `sim/load with steps > 0 calls the tool ${SIM_WORK}: name it in the mission's tools`,
    );
  }
  const input: JsonObject = { step: context.step };
  if (options.toolLatencyMs) input.latencyMs = options.toolLatencyMs;
  if (options.outputBytes) input.outputBytes = options.outputBytes;
  return {
    provider: 'sim',
    model: MODEL,
    message: {
      role: 'assistant',
      content: [{ type: 'tool_call', id: `sim_${context.step}`, name: SIM_WORK, input }],
    },
    stopReason: 'tool_calls',
    usage: usage(messages.length, 20),
  };
}

function finalAnswer({ options, messages }: ModelRequest, steps: number, hooks: CallHooks): ModelResponse {
  const text = options.outputBytes ? filler(options.outputBytes) : `${MODEL} finished after ${steps} tool calls.`;
  hooks.onText?.(text);
  return {
    provider: 'sim',
    model: MODEL,
    message: { role: 'assistant', content: [{ type: 'text', text }] },
    stopReason: 'end',
    usage: usage(messages.length, Math.ceil(text.length / 4)),
  };
}

/** A flat 25 tokens a message: to count the text itself would cost more than the rest of the call. */
function usage(messageCount: number, outputTokens: number): Usage {
  return { inputTokens: 25 * messageCount, outputTokens, cachedInputTokens: 0, costMicroUsd: 0 };
}
