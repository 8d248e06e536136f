import type Anthropic from '@anthropic-ai/sdk';
import { type AssistantMessage, type ModelResponse, RetryableError, type StopReason, type Usage } from '@flotilla/core';
import { priceMicroUsd, type TokenCounts } from '../price.ts';
import type { PriceOverride } from '../price-overrides.ts';
import { NOTHING, type ReplyReader, type Taken } from '../streamed-call.ts';
import { toToolCall } from '../tool-input.ts';

type Event = Anthropic.Messages.RawMessageStreamEvent;
type StartedBlock = Anthropic.Messages.RawContentBlockStartEvent['content_block'];
type Delta = Anthropic.Messages.RawContentBlockDelta;
type WireUsage = Partial<Anthropic.Messages.MessageDeltaUsage>;

/** Which model was asked for, of whom, and what is known to cost otherwise than the list says. */
type ReaderOptions = {
  provider: 'anthropic' | 'bedrock';
  requestedModel: string;
  prices?: readonly PriceOverride[];
};

/** A block of the reply as far as it has come; `json` gathers a tool's arguments. */
type OpenBlock = { block: StartedBlock; json: string };

/** Puts a reply together out of the events of one Messages stream. */
export function createReader(options: ReaderOptions): ReplyReader<Event> {
  const { provider } = options;
  const blocks = new Map<number, OpenBlock>();
  const usage: WireUsage = {};
  let model = options.requestedModel;
  let stopReason: string | null = null;
  let isStopped = false;
  let chars = 0;

  return {
    take(event) {
      switch (event.type) {
        case 'message_start':
          model = event.message.model || model;
          mergeUsage(usage, event.message.usage);
          return NOTHING;
        case 'content_block_start':
          blocks.set(event.index, { block: { ...event.content_block }, json: '' });
          return started(event.content_block);
        case 'content_block_delta':
          chars += charsOf(event.delta);
          return append(blocks.get(event.index), event.delta);
        case 'message_delta':
          stopReason = event.delta.stop_reason ?? stopReason;
          mergeUsage(usage, event.usage);
          return { movement: 'token', text: '' };
        case 'message_stop':
          isStopped = true;
          return NOTHING;
        default:
          // The end of a block says nothing new, and new kinds of event are announced as ignorable.
          return NOTHING;
      }
    },
    state: () => (isStopped ? 'complete' : 'open'),
    chars: () => chars,
    // The prompt is counted in the first event, and what is answered in the last.
    spent: () => (isStated(usage) ? { provider, model, usage: toUsage(usage, model, options) } : null),
    finish() {
      const content = [...blocks].toSorted(([a], [b]) => a - b).flatMap(([, block]) => toPart(block));
      return {
        provider,
        model,
        message: { role: 'assistant', content },
        stopReason: toStopReason(stopReason, content),
        usage: toUsage(usage, model, options),
      } satisfies ModelResponse;
    },
  };
}

/** Some models show none of their thinking: the block opens, and nothing but pings follows until it is signed. */
function started(block: StartedBlock): Taken {
  if (block.type === 'thinking' || block.type === 'redacted_thinking') return { movement: 'thinking', text: '' };
  return { movement: 'token', text: block.type === 'text' ? block.text : '' };
}

function charsOf(delta: Delta): number {
  switch (delta.type) {
    case 'text_delta':
      return delta.text.length;
    case 'input_json_delta':
      return delta.partial_json.length;
    case 'thinking_delta':
      return delta.thinking.length;
    default:
      return 0;
  }
}

function append(open: OpenBlock | undefined, delta: Delta): Taken {
  const block = open?.block;
  if (delta.type === 'text_delta' && block?.type === 'text') {
    block.text += delta.text;
    return { movement: delta.text ? 'token' : 'none', text: delta.text };
  }
  if (delta.type === 'input_json_delta' && open && block?.type === 'tool_use') {
    open.json += delta.partial_json;
    return { movement: delta.partial_json ? 'token' : 'none', text: '' };
  }
  if (delta.type === 'thinking_delta' && block?.type === 'thinking') {
    block.thinking += delta.thinking;
    return { movement: delta.thinking ? 'thinking' : 'none', text: '' };
  }
  if (delta.type === 'signature_delta' && block?.type === 'thinking') {
    block.signature = delta.signature;
    return { movement: 'token', text: '' };
  }
  return NOTHING;
}

function toPart({ block, json }: OpenBlock): AssistantMessage['content'] {
  switch (block.type) {
    case 'text':
      return block.text ? [{ type: 'text', text: block.text }] : [];
    case 'tool_use':
      // Servers that do not stream arguments put them into the block's start.
      return [toToolCall({ id: block.id, name: block.name, json: json || JSON.stringify(block.input ?? {}) })];
    case 'thinking':
    case 'redacted_thinking':
      return [{ type: 'reasoning', provider: 'anthropic', data: { ...block } }];
    default:
      // Tools that Anthropic runs itself; none is ever asked for.
      return [];
  }
}

function toStopReason(reason: string | null, content: AssistantMessage['content']): StopReason {
  switch (reason) {
    case 'end_turn':
    case 'stop_sequence':
      return content.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end';
    case 'tool_use':
      return 'tool_calls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'max_tokens';
    case 'refusal':
      return 'refusal';
    default:
      throw new RetryableError(
        'provider_bad_response',
        `The model stopped for an unknown reason: ${reason ?? 'none given'}`,
      );
  }
}

/** Figures are cumulative: a later one replaces an earlier one, and a missing one leaves it. */
function mergeUsage(usage: WireUsage, news: WireUsage | undefined): void {
  usage.input_tokens = news?.input_tokens ?? usage.input_tokens ?? 0;
  usage.output_tokens = news?.output_tokens ?? usage.output_tokens ?? 0;
  usage.cache_read_input_tokens = news?.cache_read_input_tokens ?? usage.cache_read_input_tokens ?? 0;
  usage.cache_creation_input_tokens = news?.cache_creation_input_tokens ?? usage.cache_creation_input_tokens ?? 0;
}

/** Servers have been seen to begin with noughts, and to count at the end. */
function isStated(usage: WireUsage): boolean {
  const { inputTokens, outputTokens } = toTokens(usage);
  return inputTokens !== 0 || outputTokens !== 0;
}

function toUsage(usage: WireUsage, model: string, options: ReaderOptions): Usage {
  const { provider, requestedModel, prices: overrides } = options;
  const tokens = toTokens(usage);
  const { inputTokens, outputTokens, cachedInputTokens } = tokens;
  // Bedrock has a list of its own, by its own names.
  const of =
    provider === 'bedrock'
      ? { provider: 'aws', models: [requestedModel, model] }
      : { provider, models: [model, requestedModel] };
  const costMicroUsd = priceMicroUsd({ ...of, tokens, ...(overrides && { overrides }) });
  return { inputTokens, outputTokens, cachedInputTokens, costMicroUsd };
}

/** Anthropic's `input_tokens` leaves out what was read from and written to the cache; ours is the whole prompt. */
function toTokens(usage: WireUsage): TokenCounts {
  const cachedInputTokens = usage.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: (usage.input_tokens ?? 0) + cachedInputTokens + cacheWriteTokens,
    outputTokens: usage.output_tokens ?? 0,
    cachedInputTokens,
    cacheWriteTokens,
  };
}
