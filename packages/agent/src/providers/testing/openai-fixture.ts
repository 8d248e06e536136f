import type { JsonObject } from '@flotilla/core';
import { z } from 'zod';
import { createOpenaiProvider } from '../openai/provider.ts';
import { type ErrorKind, type ScriptedReply, sse, type WireFixture } from './fixture.ts';

const MODEL = 'gpt-5-mini';
const FINISH_REASONS = { end: 'stop', tool_calls: 'tool_calls', max_tokens: 'length', refusal: 'stop' };

const ERRORS: Record<ErrorKind, { type: string; code: string | null; message: string }> = {
  bad_request: { type: 'invalid_request_error', code: null, message: "Invalid 'messages'" },
  wrong_key: {
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'Incorrect API key: sk-te********cdef',
  },
  no_money: { type: 'billing_error', code: null, message: 'Payment required' },
  forbidden: { type: 'permission_error', code: null, message: 'Not allowed' },
  unknown_model: { type: 'invalid_request_error', code: 'model_not_found', message: 'The model does not exist' },
  too_large: { type: 'invalid_request_error', code: null, message: 'Request too large' },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded', message: 'Rate limit reached' },
  server_error: { type: 'server_error', code: null, message: 'The server had an error' },
  overloaded: { type: 'server_error', code: 'engine_overloaded', message: 'The engine is overloaded' },
  spend_limit: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'You exceeded your current quota' },
};

const recordedSchema = z.object({
  messages: z.array(z.object({ tool_call_id: z.string().optional(), content: z.string().nullable() })),
});

const sentSchema = z.object({ messages: z.array(z.object({ reasoning_content: z.string().optional() })) });

/** Chat Completions as they are on the wire. */
export const openaiFixture: WireFixture & { chunks(chunks: readonly JsonObject[]): string } = {
  name: 'openai',
  model: MODEL,
  create: ({ url, apiKey = 'x', timings = {} }) => createOpenaiProvider({ baseUrl: `${url}/v1`, apiKey, timings }),
  render: (reply) => chunks(scriptChunks(reply)),
  // The figures come last; only the sentinel `[DONE]` follows.
  wholeAt: (stream) => Buffer.byteLength(stream.slice(0, stream.indexOf('data: [DONE]'))),
  // The chunk with a `finish_reason` ends the reply; servers without usage send nothing after it.
  answeredAt: (stream) => Buffer.byteLength(stream.slice(0, stream.search(/"finish_reason":"/))),
  errorBody,
  errorEvent: (kind) => sse(errorBody(kind)),
  keepAlive: `: keep-alive\n\n${sse(chunk({ role: 'assistant', content: '' }))}`,
  toolResultsIn(body) {
    const { messages } = recordedSchema.parse(body);
    return messages.flatMap((message) =>
      message.tool_call_id ? [{ id: message.tool_call_id, content: message.content ?? '' }] : [],
    );
  },
  thoughtful: {
    stream: chunks([
      chunk({ role: 'assistant', reasoning_content: 'Hm' }),
      chunk({ tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'work', arguments: '{}' } }] }),
      chunk({}, 'tool_calls'),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 } },
    ]),
    goesBackAs: ['Hm'],
    sentBackIn: (body) => sentSchema.parse(body).messages.flatMap((message) => message.reasoning_content ?? []),
  },
  cacheMarks: 0,
  chunks,
};

function chunks(list: readonly JsonObject[]): string {
  return list.map((data) => sse(data)).join('') + sse('[DONE]');
}

function errorBody(kind: ErrorKind): JsonObject {
  return { error: { ...ERRORS[kind], param: null } };
}

function chunk(delta: JsonObject, finishReason: string | null = null): JsonObject {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return { id: 'chatcmpl_1', object: 'chat.completion.chunk', created: 1, model: MODEL, choices, usage: null };
}

function scriptChunks(reply: ScriptedReply): JsonObject[] {
  const { input = 0, output = 0, cached = 0, cacheWrite = 0 } = reply.usage ?? {};
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
  };
  return [
    chunk({ role: 'assistant', content: '', refusal: null }),
    ...(reply.text ?? []).map((content) => chunk({ content })),
    ...(reply.refusal ?? []).map((refusal) => chunk({ refusal })),
    ...(reply.calls ?? []).flatMap(({ id, name, json }, index) => [
      chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      ...json.map((part) => chunk({ tool_calls: [{ index, function: { arguments: part } }] })),
    ]),
    chunk({}, FINISH_REASONS[reply.stop]),
    { ...chunk({}), choices: [], usage },
  ];
}
