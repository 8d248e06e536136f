import OpenAI from 'openai';
import type { Provider } from '../../provider.ts';
import type { PriceOverride } from '../price-overrides.ts';
import { callStreamed } from '../streamed-call.ts';
import { type CallTimings, DEFAULT_TIMINGS } from '../watchdog.ts';
import { dialectOf, type WireDialect } from './dialect.ts';
import { toFailure } from './failure.ts';
import { createReader } from './from-wire.ts';
import { toWire } from './to-wire.ts';

const OFFICIAL_URL = 'https://api.openai.com/v1';

export type OpenaiProviderOptions = {
  apiKey: string;
  /** Any server that speaks Chat Completions, with its `/v1`: Azure, Ollama, vLLM, a gateway. */
  baseUrl?: string;
  /** Replaces the global `fetch`; with an undici agent it has to be undici's own. */
  fetch?: typeof fetch;
  timings?: Partial<CallTimings>;
  /** Prices that go before the bundled list; replaces the built-in overrides. */
  prices?: readonly PriceOverride[];
  /** What the server understands, where its host name does not tell. */
  dialect?: Partial<WireDialect>;
};

/**
 * OpenAI's Chat Completions through the official SDK: always streamed, never retried, nothing but
 * `OPENAI_CUSTOM_HEADERS` read from the environment. Chat Completions and not Responses, because every compatible
 * server has it.
 *
 * @see https://developers.openai.com/api/reference/resources/chat
 */
export function createOpenaiProvider(options: OpenaiProviderOptions): Provider {
  const { apiKey, prices } = options;
  const baseUrl = options.baseUrl ?? OFFICIAL_URL;
  const dialect = { ...dialectOf(baseUrl), ...options.dialect };
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl,
    // Left out, these would be looked up in the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: timings.totalMs,
    logLevel: 'off',
    // A redirect would take the key along to another host.
    fetchOptions: { redirect: 'manual' },
    ...(options.fetch && { fetch: options.fetch }),
  });

  return {
    name: 'openai',
    call(request, hooks) {
      const wire = toWire(request, dialect);
      return callStreamed({
        provider: 'openai',
        timings,
        hooks,
        thinksUnseen: dialect.isOpenai && isReasoningModel(request.model) && wire.reasoning_effort !== 'none',
        reader: createReader({ requestedModel: request.model, baseUrl, ...(prices && { prices }) }),
        toFailure: (error, inRequest) => toFailure(error, { apiKey, inRequest }),
        async open(signal) {
          const {
            data,
            response,
            request_id: requestId,
          } = await client.chat.completions.create(wire, { signal }).withResponse();
          return { events: data, contentType: response.headers.get('content-type'), requestId };
        },
      });
    },
  };
}

/** OpenAI's own models from o1 and GPT-5 on: Chat Completions shows none of their thinking, however long it takes. */
function isReasoningModel(model: string): boolean {
  return /^(o\d|gpt-[5-9])/.test(model);
}
