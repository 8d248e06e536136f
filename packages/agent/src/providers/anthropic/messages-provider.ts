import type Anthropic from '@anthropic-ai/sdk';
import type { Provider } from '../../provider.ts';
import type { PriceOverride } from '../price-overrides.ts';
import { callStreamed } from '../streamed-call.ts';
import { type TimingsOf, timingsFor } from '../watchdog.ts';
import { toFailure } from './failure.ts';
import { createReader } from './from-wire.ts';
import { toWire } from './to-wire.ts';

/** Where a Messages API is to be had: at Anthropic itself, or at a cloud that has its models. */
export type MessagesProviderOptions = {
  name: 'anthropic' | 'bedrock';
  /** One of the official SDKs' clients, its retries off. */
  client: { messages: Pick<Anthropic['messages'], 'create'> };
  /** What must not be seen in any message. */
  apiKey: string;
  timings?: TimingsOf | undefined;
  prices?: readonly PriceOverride[] | undefined;
};

/** Always streamed, one request a call. */
export function createMessagesProvider(options: MessagesProviderOptions): Provider {
  const { name, client, apiKey, prices } = options;
  return {
    name,
    call(request, hooks) {
      const { reasoningEffort } = request.options;
      const timings = timingsFor(options.timings, request.model);
      return callStreamed({
        provider: name,
        timings,
        hooks,
        // Thinking opens a block on the wire at once, but for what comes before it.
        thinksUnseen: reasoningEffort !== undefined && reasoningEffort !== 'none',
        reader: createReader({ provider: name, requestedModel: request.model, ...(prices && { prices }) }),
        toFailure: (error, inRequest) => toFailure(error, { provider: name, apiKey, inRequest }),
        async open(signal) {
          const call = client.messages.create(toWire(request), { signal, timeout: timings.totalMs });
          const { data, response, request_id: requestId } = await call.withResponse();
          const { headers } = response;
          return {
            events: data,
            contentType: headers.get('content-type'),
            requestId: requestId ?? headers.get('x-amzn-requestid'),
          };
        },
      });
    },
  };
}
