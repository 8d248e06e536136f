import { randomUUID } from 'node:crypto';
import { type AssistantMessage, type ModelResponse, RetryableError, type StopReason } from '@flotilla/core';
import type OpenAI from 'openai';
import type { TokenCounts } from '../price.ts';
import { NOTHING, type ReplyReader, type Taken } from '../streamed-call.ts';
import { toToolCall } from '../tool-input.ts';
import { type ReaderOptions, toUsage } from './usage.ts';

type Chunk = OpenAI.ChatCompletionChunk;
type Delta = Chunk['choices'][number]['delta'];
type CallDelta = NonNullable<Delta['tool_calls']>[number];
type OpenCall = { index: number; id: string; name: string; json: string };

/** Where servers put what their models think. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const;

/** Puts a reply together out of the chunks of one Chat Completions stream. */
export function createReader(options: ReaderOptions): ReplyReader<Chunk> {
  const calls: OpenCall[] = [];
  const reasoning = { field: '', text: '' };
  let model = options.requestedModel;
  let text = '';
  let chars = 0;
  let hasRefused = false;
  let finishReason: string | null = null;
  let usage: OpenAI.CompletionUsage | null = null;

  function takeDelta(delta: Delta): Taken {
    const spoken = (delta.content ?? '') + (delta.refusal ?? '');
    text += spoken;
    hasRefused ||= Boolean(delta.refusal);
    chars += spoken.length;
    for (const call of delta.tool_calls ?? []) chars += takeCall(calls, call);
    const thought = takeReasoning(reasoning, delta);
    chars += thought;
    if (spoken || (delta.tool_calls?.length ?? 0) > 0) return { movement: 'token', text: spoken };
    return thought > 0 ? { movement: 'token', text: '' } : NOTHING;
  }

  return {
    take(chunk) {
      model = chunk.model || model;
      usage = chunk.usage ?? usage;
      const choice = chunk.choices?.[0];
      if (!choice) return NOTHING;
      const step = choice.delta ? takeDelta(choice.delta) : NOTHING;
      if (!choice.finish_reason) return step;
      finishReason = choice.finish_reason;
      return { ...step, movement: 'token' };
    },
    state() {
      if (finishReason === null) return 'open';
      return usage === null ? 'answered' : 'complete';
    },
    chars: () => chars,
    // Most servers count at the end only, some with every chunk.
    spent: () => (usage ? { provider: 'openai', model, usage: toUsage(toTokens(usage), model, options) } : null),
    finish() {
      const content: AssistantMessage['content'] = [];
      if (reasoning.text) content.push({ type: 'reasoning', provider: 'openai', data: { ...reasoning } });
      if (text) content.push({ type: 'text', text });
      // Results are matched by id, so a call that came without one is given one.
      content.push(...calls.map((call) => toToolCall(call.id ? call : { ...call, id: `call_${randomUUID()}` })));
      return {
        provider: 'openai',
        model,
        message: { role: 'assistant', content },
        stopReason: hasRefused ? 'refusal' : toStopReason(finishReason, calls.length > 0),
        usage: toUsage(usage ? toTokens(usage) : null, model, options),
      } satisfies ModelResponse;
    },
  };
}

const CALL_CHARS = 16;

/**
 * Fragments belong together by index. Servers that give every call index 0, or none, still give each its own id;
 * one that repeats a call's id with every fragment goes on with the same call.
 * @returns characters that came
 */
function takeCall(calls: OpenCall[], delta: CallDelta): number {
  const index = delta.index ?? calls.at(-1)?.index ?? 0;
  let call = calls.findLast((open) => open.index === index);
  if (!call || (delta.id && call.id && delta.id !== call.id)) {
    call = { index, id: '', name: '', json: '' };
    calls.push(call);
  }
  call.id ||= delta.id ?? '';
  call.name ||= delta.function?.name ?? '';
  const json = delta.function?.arguments ?? '';
  call.json += json;
  // A fragment without arguments may still open a call of its own.
  return json.length + CALL_CHARS;
}

/** @returns characters that came */
function takeReasoning(reasoning: { field: string; text: string }, delta: Delta): number {
  const fields: Partial<Record<string, unknown>> = { ...delta };
  for (const field of REASONING_FIELDS) {
    const thought = fields[field];
    if (typeof thought !== 'string' || thought === '') continue;
    reasoning.field = field;
    reasoning.text += thought;
    return thought.length;
  }
  return 0;
}

function toStopReason(reason: string | null, hasCalls: boolean): StopReason {
  switch (reason) {
    case 'stop':
    case 'tool_calls':
    case 'function_call':
      // Some servers say `stop` beside tool calls, some `tool_calls` without one.
      return hasCalls ? 'tool_calls' : 'end';
    case 'length':
      return 'max_tokens';
    case 'content_filter':
      return 'refusal';
    default:
      // Servers name their own breakdowns here: vLLM `abort`, OpenRouter `error`, DeepSeek `insufficient_system_resource`.
      throw new RetryableError(
        'provider_bad_response',
        `openai stopped for an unknown reason: ${reason ?? 'none given'}`,
      );
  }
}

function toTokens(usage: OpenAI.CompletionUsage): TokenCounts {
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: usage.prompt_tokens_details?.cache_write_tokens ?? 0,
  };
}
