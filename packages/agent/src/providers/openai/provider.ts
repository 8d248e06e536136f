import type { CallHooks, ModelRequest, Provider } from '../../provider.ts';
import type { PriceOverride } from '../price-overrides.ts';
import { callStreamed, type StreamedCall } from '../streamed-call.ts';
import { type TimingsOf, timingsFor } from '../watchdog.ts';
import { baseUrlOf, type ClientOptions, createClient } from './client.ts';
import { apiFor, dialectOf, reasons, type WireDialect } from './dialect.ts';
import { toFailure } from './failure.ts';
import { createReader } from './from-wire.ts';
import { createResponsesReader } from './responses/from-wire.ts';
import { toResponsesWire } from './responses/to-wire.ts';
import { toWire } from './to-wire.ts';

export type OpenaiProviderOptions = ClientOptions & {
  timings?: TimingsOf;
  /** Prices that go before the bundled list; replaces the built-in overrides. */
  prices?: readonly PriceOverride[];
  /** What the server understands, where its host name does not tell. */
  dialect?: Partial<WireDialect>;
};

/**
 * OpenAI's models, at OpenAI or Azure, and those of every compatible server (Ollama, vLLM, gateways) through the official
 * SDK: always streamed, never retried, and nothing kept at the provider. `dialect.api` chooses between Chat Completions
 * and Responses.
 *
 * @see https://developers.openai.com/api/reference/resources/chat
 * @see https://developers.openai.com/api/reference/resources/responses
 */
export function createOpenaiProvider(options: OpenaiProviderOptions): Provider {
  const { apiKey, prices, azureApiVersion } = options;
  const baseUrl = baseUrlOf(options);
  const isAzure = azureApiVersion !== undefined;
  const dialect: WireDialect = {
    ...dialectOf(baseUrl),
    ...(isAzure && ({ isOpenai: true, maxTokensField: 'max_completion_tokens' } as const)),
    ...options.dialect,
  };
  const client = createClient(options);

  function common(request: ModelRequest, hooks: CallHooks) {
    return {
      provider: 'openai',
      timings: timingsFor(options.timings, request.model),
      hooks,
      toFailure: (error: unknown, inRequest: string) => toFailure(error, { apiKey, inRequest }),
    } satisfies Partial<StreamedCall<never>>;
  }
  const reading = (request: ModelRequest) => ({
    requestedModel: request.model,
    baseUrl,
    ...(prices && { prices }),
  });

  return {
    name: 'openai',
    call(request, hooks) {
      const call = common(request, hooks);
      const { totalMs: timeout } = call.timings;
      if (apiFor(dialect, request.model) === 'responses') {
        const wire = toResponsesWire(request, dialect);
        return callStreamed({
          ...call,
          thinksUnseen: reasons(request),
          reader: createResponsesReader(reading(request)),
          async open(signal) {
            const { data, response, request_id } = await client.responses
              .create(wire, { signal, timeout })
              .withResponse();
            return { events: data, contentType: response.headers.get('content-type'), requestId: request_id };
          },
        });
      }
      const wire = toWire(request, dialect);
      const isAsked = request.options.reasoningEffort !== undefined;
      return callStreamed({
        ...call,
        // Chat Completions shows none of their thinking, however long it takes.
        thinksUnseen: (dialect.isOpenai || isAsked) && reasons(request) && wire.reasoning_effort !== 'none',
        reader: createReader(reading(request)),
        async open(signal) {
          const { data, response, request_id } = await client.chat.completions
            .create(wire, { signal, timeout })
            .withResponse();
          return { events: data, contentType: response.headers.get('content-type'), requestId: request_id };
        },
      });
    },
  };
}
