import type { JsonObject } from '@flotilla/core';
import { z } from 'zod';
import { createOpenaiProvider } from '../openai/provider.ts';
import { asThinking, type ScriptedReply, sse, type WireFixture } from './fixture.ts';
import { openaiFixture } from './openai-fixture.ts';

const MODEL = 'gpt-5-mini';

const recordedSchema = z.object({
  input: z.array(
    z.object({ type: z.string().optional(), call_id: z.string().optional(), output: z.string().optional() }),
  ),
});

const REASONING: JsonObject = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: 'Hm' }],
  encrypted_content: 'b3BhcXVl',
};

/** The Responses API as it is on the wire, at a server that is taken for OpenAI's own. */
export const responsesFixture: WireFixture & { events(events: readonly JsonObject[]): string } = {
  ...openaiFixture,
  create: ({ url, apiKey = 'x', timings = {} }) =>
    createOpenaiProvider({
      baseUrl: `${url}/v1`,
      apiKey,
      timings: asThinking(timings),
      dialect: { isOpenai: true, api: 'responses' },
    }),
  isVariant: true,
  render: (reply) => events(scriptEvents(reply)),
  wholeAt: (stream) => Buffer.byteLength(stream),
  answeredAt: (stream) => Buffer.byteLength(stream),
  errorEvent: (kind) => {
    const { error } = openaiFixture.errorBody(kind);
    const said = typeof error === 'object' && error !== null && !Array.isArray(error) ? error : {};
    const code = said.code ?? said.type ?? null;
    return sse({ type: 'error', sequence_number: 9, code, message: said.message ?? '', param: null }, 'error');
  },
  keepAlive: `: keep-alive\n\n${sse({ type: 'response.in_progress', response: response('in_progress') }, 'response.in_progress')}`,
  toolResultsIn(body) {
    return recordedSchema
      .parse(body)
      .input.flatMap((item) => (item.type === 'function_call_output' ? [item] : []))
      .map(({ call_id = '', output = '' }) => ({ id: call_id, content: output }));
  },
  thoughtful: {
    stream: events([
      created(),
      ...itemEvents(0, { item: { ...REASONING, encrypted_content: '', summary: [] }, deltas: [], done: REASONING }),
      ...callEvents(1, { id: 'call_t', name: 'work', json: ['{}'] }),
      ended({ input: 10, output: 5 }),
    ]),
    goesBackAs: [REASONING],
    sentBackIn: (body) => recordedIn(body).filter(({ type }) => type === 'reasoning'),
  },
  events,
};

function recordedIn(body: unknown): { type?: unknown }[] {
  return z.object({ input: z.array(z.looseObject({})) }).parse(body).input;
}

function events(list: readonly JsonObject[]): string {
  return list.map((event) => sse(event, typeof event.type === 'string' ? event.type : '')).join('');
}

function response(status: string, more: JsonObject = {}): JsonObject {
  return { id: 'resp_1', object: 'response', created_at: 1, model: MODEL, status, output: [], error: null, ...more };
}

function created(): JsonObject {
  return { type: 'response.created', sequence_number: 0, response: response('in_progress') };
}

function ended(usage: NonNullable<ScriptedReply['usage']>, stop: ScriptedReply['stop'] = 'end'): JsonObject {
  const { input, output, cached = 0, cacheWrite = 0 } = usage;
  const figures = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: cacheWrite },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  const isCut = stop === 'max_tokens';
  return {
    type: isCut ? 'response.incomplete' : 'response.completed',
    sequence_number: 99,
    response: response(isCut ? 'incomplete' : 'completed', {
      usage: figures,
      incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    }),
  };
}

type ItemEvents = { item: JsonObject; deltas: JsonObject[]; done: JsonObject };

function itemEvents(index: number, { item, deltas, done }: ItemEvents): JsonObject[] {
  const at = { output_index: index };
  return [
    { type: 'response.output_item.added', ...at, item },
    ...deltas.map((delta) => ({ ...at, item_id: 'item', ...delta })),
    { type: 'response.output_item.done', ...at, item: done },
  ];
}

function callEvents(index: number, call: { id: string; name: string; json: readonly string[] }): JsonObject[] {
  const item = { type: 'function_call', id: `fc_${index}`, call_id: call.id, name: call.name };
  const deltas = call.json.map((delta) => ({ type: 'response.function_call_arguments.delta', delta }));
  const done = { ...item, arguments: call.json.join(''), status: 'completed' };
  return itemEvents(index, { item: { ...item, arguments: '', status: 'in_progress' }, deltas, done });
}

function scriptEvents({ text = [], refusal = [], calls = [], stop, usage }: ScriptedReply): JsonObject[] {
  const says = text.length + refusal.length > 0;
  const deltas = [
    ...text.map((delta) => ({ type: 'response.output_text.delta', content_index: 0, delta })),
    ...refusal.map((delta) => ({ type: 'response.refusal.delta', content_index: 0, delta })),
  ];
  const content = [
    ...(text.length > 0 ? [{ type: 'output_text', text: text.join(''), annotations: [] }] : []),
    ...(refusal.length > 0 ? [{ type: 'refusal', refusal: refusal.join('') }] : []),
  ];
  const message = { type: 'message', id: 'msg_1', role: 'assistant' };
  const messageEvents = itemEvents(0, {
    item: { ...message, content: [], status: 'in_progress' },
    deltas,
    done: { ...message, content, status: 'completed' },
  });
  return [
    created(),
    ...(says ? messageEvents : []),
    ...calls.flatMap((call, index) => callEvents(index + (says ? 1 : 0), call)),
    ended(usage ?? { input: 0, output: 0 }, stop),
  ];
}
