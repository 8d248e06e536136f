import Anthropic from '@anthropic-ai/sdk';
import type { Provider } from '../../provider.ts';
import type { PriceOverride } from '../price-overrides.ts';
import type { TimingsOf } from '../watchdog.ts';
import { createMessagesProvider } from './messages-provider.ts';

const OFFICIAL_URL = 'https://api.anthropic.com';

export type AnthropicProviderOptions = {
  apiKey: string;
  /** Any server that speaks the Messages API, without the `/v1`. */
  baseUrl?: string;
  /** Replaces the global `fetch`; with an undici agent it has to be undici's own. */
  fetch?: typeof fetch;
  timings?: TimingsOf;
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
  const { apiKey, timings, prices } = options;
  const client = new Anthropic({
    apiKey,
    baseURL: options.baseUrl ?? OFFICIAL_URL,
    maxRetries: 0,
    // The SDK prints events it cannot parse, prompts and all, to the console.
    logLevel: 'off',
    // Spans around model calls are ours, and the same for every provider.
    openTelemetry: false,
    // A redirect would take the key along to another host.
    fetchOptions: { redirect: 'manual' },
    ...(options.fetch && { fetch: options.fetch }),
  });
  return createMessagesProvider({ name: 'anthropic', client, apiKey, timings, prices });
}
