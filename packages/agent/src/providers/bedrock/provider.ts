import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import type { Provider } from '../../provider.ts';
import { createMessagesProvider } from '../anthropic/messages-provider.ts';
import type { PriceOverride } from '../price-overrides.ts';
import type { TimingsOf } from '../watchdog.ts';

export type BedrockProviderOptions = {
  /** `eu-central-1`. */
  region: string;
  /** A Bedrock API key; without one, requests are signed with what AWS's own credential chain finds. */
  apiKey?: string;
  /** Instead of the region's own endpoint. */
  baseUrl?: string;
  /** Replaces the global `fetch`; with an undici agent it has to be undici's own. */
  fetch?: typeof fetch;
  timings?: TimingsOf;
  /** Prices that go before the bundled list; replaces the built-in overrides. */
  prices?: readonly PriceOverride[];
};

/**
 * Anthropic's models on Amazon Bedrock, through Anthropic's own SDK for it, which makes of Bedrock's event stream the
 * events of the Messages API: all that is said of `createAnthropicProvider` holds here. Only the credential chain reads
 * the environment (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, a pod's role …).
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock
 */
export function createBedrockProvider(options: BedrockProviderOptions): Provider {
  const { region, apiKey, baseUrl, timings, prices } = options;
  const client = new AnthropicBedrock({
    awsRegion: region,
    // Left out, both would be looked up in the environment.
    apiKey: apiKey ?? null,
    baseURL: baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    fetchOptions: { redirect: 'manual' },
    ...(options.fetch && { fetch: options.fetch }),
  });
  return createMessagesProvider({ name: 'bedrock', client, apiKey: apiKey ?? '', timings, prices });
}
