import Anthropic from '@anthropic-ai/sdk';
import type { Provider } from '../../provider.ts';
import type { PriceOverride } from '../price-overrides.ts';
import { callStreamed } from '../streamed-call.ts';
import { type CallTimings, DEFAULT_TIMINGS } from '../watchdog.ts';
import { toFailure } from './failure.ts';
import { createReader } from './from-wire.ts';
import { toWire } from './to-wire.ts';

const OFFICIAL_URL = 'https://api.anthropic.com';

export type AnthropicProviderOptions = {
  apiKey: string;
  /** Any server that speaks the Messages API, without the `/v1`. */
  baseUrl?: string;
  /** Replaces the global `fetch`; with an undici agent it has to be undici's own. */
  fetch?: typeof fetch;
  timings?: Partial<CallTimings>;
  /** Prices that go before the bundled list; replaces the built-in overrides. */
  prices?: readonly PriceOverride[];
};

/**
 * The Anthropic Messages API through the official SDK: always streamed, never retried, nothing read from the
 * environment. `modelOptions.temperature` is not sent: current models refuse sampling parameters, and the SDK no
 * longer has them.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
export function createAnthropicProvider(options: AnthropicProviderOptions): Provider {
  const { apiKey, prices } = options;
  const baseUrl = options.baseUrl ?? OFFICIAL_URL;
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const client = new Anthropic({
    apiKey,
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: timings.totalMs,
    // The SDK prints events it cannot parse, prompts and all, to the console.
    logLevel: 'off',
    // Spans around model calls are ours, and the same for every provider.
    openTelemetry: false,
    // A redirect would take the key along to another host.
    fetchOptions: { redirect: 'manual' },
    ...(options.fetch && { fetch: options.fetch }),
  });

  return {
    name: 'anthropic',
    call: (request, hooks) =>
      callStreamed({
        provider: 'anthropic',
        timings,
        hooks,
        // Thinking opens a block on the wire at once.
        thinksUnseen: false,
        reader: createReader({ requestedModel: request.model, ...(prices && { prices }) }),
        toFailure: (error, inRequest) => toFailure(error, { apiKey, inRequest }),
        async open(signal) {
          const call = client.messages.create(toWire(request), { signal });
          const { data, response, request_id: requestId } = await call.withResponse();
          return { events: data, contentType: response.headers.get('content-type'), requestId: requestId ?? null };
        },
      }),
  };
}
