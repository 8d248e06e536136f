import type { JsonObject } from '@flotilla/core';
import { z } from 'zod';
import { createAnthropicProvider } from '../anthropic/provider.ts';
import { type ErrorKind, type ScriptedReply, sse, type WireFixture } from './fixture.ts';

const STOP_REASONS = { end: 'end_turn', tool_calls: 'tool_use', max_tokens: 'max_tokens', refusal: 'refusal' };

const ERRORS: Record<ErrorKind, { type: string; message: string; code?: string }> = {
  bad_request: { type: 'invalid_request_error', message: 'messages: at least one message is required' },
  wrong_key: { type: 'authentication_error', message: 'invalid x-api-key' },
  no_money: { type: 'billing_error', message: 'Your credit balance is too low' },
  forbidden: { type: 'permission_error', message: 'Not allowed' },
  unknown_model: { type: 'not_found_error', message: 'model: nope' },
  too_large: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  rate_limited: { type: 'rate_limit_error', message: 'Slow down' },
  server_error: { type: 'api_error', message: 'Internal server error' },
  overloaded: { type: 'overloaded_error', message: 'Overloaded' },
  spend_limit: { type: 'rate_limit_error', message: 'Spend limit reached', code: 'enforced_spend_limit_reached' },
};

const recordedSchema = z.object({
  messages: z.array(
    z.object({ content: z.array(z.object({ tool_use_id: z.string().optional(), content: z.string().optional() })) }),
  ),
});

const sentSchema = z.object({
  messages: z.array(z.object({ content: z.array(z.looseObject({ type: z.string() })) })),
});

/** The Messages API as it is on the wire. */
export const anthropicFixture: WireFixture & {
  events(events: readonly JsonObject[]): string;
  errorMessage(kind: ErrorKind): string;
} = {
  name: 'anthropic',
  model: 'claude-sonnet-5-5',
  create: ({ url, apiKey = 'x', timings = {} }) => createAnthropicProvider({ baseUrl: url, apiKey, timings }),
  render: (reply) => events(scriptEvents(reply)),
  wholeAt: (stream) => Buffer.byteLength(stream),
  answeredAt: (stream) => Buffer.byteLength(stream),
  errorBody,
  errorEvent: (kind) => sse(errorBody(kind), 'error'),
  keepAlive: sse({ type: 'ping' }, 'ping'),
  toolResultsIn(body) {
    const results = recordedSchema.parse(body).messages.at(-1)?.content ?? [];
    return results.flatMap((block) =>
      block.tool_use_id ? [{ id: block.tool_use_id, content: block.content ?? '' }] : [],
    );
  },
  thoughtful: {
    stream: events([
      { type: 'message_start', message: { model: 'claude-sonnet-5-5', usage: { input_tokens: 5, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'a', name: 'work', input: {} } },
      { type: 'content_block_stop', index: 1 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 20 } },
      { type: 'message_stop' },
    ]),
    goesBackAs: [{ type: 'thinking', thinking: 'Hm', signature: 'c2ln' }],
    sentBackIn: (body) =>
      sentSchema.parse(body).messages.flatMap(({ content }) => content.filter(({ type }) => type === 'thinking')),
  },
  cacheMarks: 2,
  errorMessage: (kind) => ERRORS[kind].message,
  events,
};

function events(list: readonly JsonObject[]): string {
  return list.map((event) => sse(event, typeof event.type === 'string' ? event.type : '')).join('');
}

function errorBody(kind: ErrorKind): JsonObject {
  const { type, message, code } = ERRORS[kind];
  const error = { type, message, ...(code && { details: { error_code: code } }) };
  return { type: 'error', error, request_id: 'req_wire' };
}

function scriptEvents(reply: ScriptedReply): JsonObject[] {
  const { input = 0, output = 0, cached = 0, cacheWrite = 0 } = reply.usage ?? {};
  const texts = [...(reply.text ?? []), ...(reply.refusal ?? [])];
  const blocks: { start: JsonObject; deltas: JsonObject[] }[] = [];
  if (texts.length > 0) {
    blocks.push({ start: { type: 'text', text: '' }, deltas: texts.map((text) => ({ type: 'text_delta', text })) });
  }
  for (const { id, name, json } of reply.calls ?? []) {
    const deltas = ['', ...json].map((part) => ({ type: 'input_json_delta', partial_json: part }));
    blocks.push({ start: { type: 'tool_use', id, name, input: {} }, deltas });
  }
  const usage = {
    input_tokens: input - cached - cacheWrite,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: cacheWrite,
    output_tokens: 1,
  };
  return [
    {
      type: 'message_start',
      message: { id: 'msg_1', role: 'assistant', model: 'claude-sonnet-5-5', content: [], usage },
    },
    { type: 'ping' },
    ...blocks.flatMap(({ start, deltas }, index) => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: STOP_REASONS[reply.stop] }, usage: { output_tokens: output } },
    { type: 'message_stop' },
  ];
}
