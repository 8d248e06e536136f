import { randomUUID } from 'node:crypto';
import { type AssistantMessage, type ModelResponse, RetryableError, type StopReason } from '@flotilla/core';
import type OpenAI from 'openai';
import { APIError } from 'openai';
import type { TokenCounts } from '../../price.ts';
import { NOTHING, type ReplyReader, type Taken } from '../../streamed-call.ts';
import { toToolCall } from '../../tool-input.ts';
import { type ReaderOptions, toUsage } from '../usage.ts';

type Event = OpenAI.Responses.ResponseStreamEvent;
type Item = OpenAI.Responses.ResponseOutputItem;

/** An item of the reply as far as it has come: its text, or a call's arguments. */
type OpenItem = { item: Item; text: string };

/** Puts a reply together out of the events of one Responses stream. */
export function createResponsesReader(options: ReaderOptions): ReplyReader<Event> {
  const items = new Map<number, OpenItem>();
  let model = options.requestedModel;
  let ended: OpenAI.Responses.Response | null = null;
  let counted: OpenAI.Responses.ResponseUsage | null = null;
  let hasRefused = false;
  let chars = 0;

  function say(index: number, delta: string): Taken {
    chars += delta.length;
    const open = items.get(index);
    if (open) open.text += delta;
    return { movement: delta ? 'token' : 'none', text: '' };
  }

  function think(delta: string): Taken {
    chars += delta.length;
    return { movement: delta ? 'thinking' : 'none', text: '' };
  }

  return {
    take(event) {
      switch (event.type) {
        case 'response.created':
          model = event.response.model || model;
          return NOTHING;
        case 'response.output_item.added':
          items.set(event.output_index, { item: event.item, text: '' });
          return { movement: event.item.type === 'reasoning' ? 'thinking' : 'token', text: '' };
        case 'response.output_item.done':
          items.set(event.output_index, { item: event.item, text: items.get(event.output_index)?.text ?? '' });
          return { movement: 'token', text: '' };
        case 'response.output_text.delta':
          return { ...say(event.output_index, event.delta), text: event.delta };
        case 'response.refusal.delta':
          hasRefused = true;
          return { ...say(event.output_index, event.delta), text: event.delta };
        case 'response.function_call_arguments.delta':
          return say(event.output_index, event.delta);
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          return think(event.delta);
        case 'response.completed':
        case 'response.incomplete':
          ended = event.response;
          model = ended.model || model;
          counted = ended.usage ?? null;
          return { movement: 'token', text: '' };
        case 'response.failed':
          counted = event.response.usage ?? null;
          // In the words of an error event; `failure.ts` knows what they stand for.
          throw new APIError(undefined, event.response.error ?? {}, undefined, undefined);
        default:
          // The same again in whole, the provider's own tools, and new kinds of event.
          return NOTHING;
      }
    },
    state: () => (ended ? 'complete' : 'open'),
    chars: () => chars,
    spent: () => (counted ? { provider: 'openai', model, usage: toUsage(toTokens(counted), model, options) } : null),
    finish() {
      const sorted = [...items].toSorted(([a], [b]) => a - b).map(([, open]) => open);
      const content = sorted.flatMap((open) => toParts(open, options.requestedModel));
      const refused = hasRefused || sorted.some(({ item }) => isRefusal(item));
      return {
        provider: 'openai',
        model,
        message: { role: 'assistant', content },
        stopReason: refused ? 'refusal' : toStopReason(ended, content),
        usage: toUsage(counted ? toTokens(counted) : null, model, options),
      } satisfies ModelResponse;
    },
  };
}

function toParts({ item, text: gathered }: OpenItem, model: string): AssistantMessage['content'] {
  switch (item.type) {
    case 'message': {
      const text = item.content.map((part) => ('text' in part ? part.text : part.refusal)).join('') || gathered;
      if (text === '') return [];
      const phase = item.phase ?? null;
      const said = { type: 'text' as const, text };
      return phase ? [{ type: 'reasoning', provider: 'openai', data: { phase } }, said] : [said];
    }
    case 'function_call': {
      // Results are matched by id, so a call that came without one is given one.
      const id = item.call_id || `call_${randomUUID()}`;
      return [toToolCall({ id, name: item.name, json: item.arguments || gathered })];
    }
    case 'reasoning': {
      const { id, summary, encrypted_content } = item;
      if (!encrypted_content) return [];
      const kept = { type: 'reasoning', id, summary: summary.map((part) => ({ ...part })), encrypted_content };
      return [{ type: 'reasoning', provider: 'openai', data: { model, item: kept } }];
    }
    default:
      // Tools that OpenAI runs itself; none is ever asked for.
      return [];
  }
}

function isRefusal(item: Item): boolean {
  return item.type === 'message' && item.content.some((part) => part.type === 'refusal');
}

function toStopReason(response: OpenAI.Responses.Response | null, content: AssistantMessage['content']): StopReason {
  if (response?.status !== 'incomplete') {
    return content.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end';
  }
  const reason = response.incomplete_details?.reason;
  if (reason === 'max_output_tokens') return 'max_tokens';
  if (reason === 'content_filter') return 'refusal';
  throw new RetryableError('provider_bad_response', `openai stopped for an unknown reason: ${reason ?? 'none given'}`);
}

function toTokens(usage: OpenAI.Responses.ResponseUsage): TokenCounts {
  return {
    inputTokens: usage.input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    cachedInputTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens ?? 0,
  };
}
