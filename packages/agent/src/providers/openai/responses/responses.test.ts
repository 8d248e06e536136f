import type { Message } from '@flotilla/core';
import { textOf } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { aimockSuite } from '../../testing/aimock-suite.ts';
import { providerContract } from '../../testing/contract.ts';
import { requestFor, TOOLS } from '../../testing/fixture.ts';
import { responsesFixture } from '../../testing/responses-fixture.ts';
import { startWireServer, stream } from '../../testing/wire-server.ts';
import { dialectOf } from '../dialect.ts';
import { createOpenaiProvider } from '../provider.ts';
import { toResponsesWire } from './to-wire.ts';

providerContract(responsesFixture, 'openai responses');
aimockSuite(responsesFixture, 'openai responses');

const OFFICIAL = dialectOf('https://api.openai.com/v1');
const LOCAL = dialectOf('http://127.0.0.1:8000/v1');

describe('what Responses is sent', () => {
  test('is all of the conversation, and nothing of it is to be kept there', () => {
    const options = { reasoningEffort: 'high', temperature: 0.2 } as const;
    const wire = toResponsesWire(requestFor('gpt-6-sol', { tools: TOOLS, options }), OFFICIAL);
    expect(wire).toMatchObject({
      model: 'gpt-6-sol',
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
      instructions: 'Be brief.',
      input: [{ role: 'user', content: 'What is 2 + 2?' }],
      max_output_tokens: 1_000,
      reasoning: { effort: 'high' },
      temperature: 0.2,
    });
    expect(wire.tools?.[0]).toMatchObject({ type: 'function', name: 'calculator', strict: false });
    expect(wire).not.toHaveProperty('previous_response_id');
  });

  test('asks for encrypted reasoning only where there is reasoning: others refuse the field', () => {
    expect(toResponsesWire(requestFor('gpt-4o'), OFFICIAL)).not.toHaveProperty('include');
    expect(toResponsesWire(requestFor('gpt-6-sol'), LOCAL)).not.toHaveProperty('include');
  });

  test('holds the answer to a schema', () => {
    const wire = toResponsesWire({ ...requestFor('gpt-6-sol'), outputSchema: { type: 'object' } }, OFFICIAL);
    expect(wire.text).toEqual({
      format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: false },
    });
  });

  test('is what was thought, said and called in its order, and what it came to', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'b3BhcXVl' };
    const messages: Message[] = [
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', provider: 'openai', data: { model: 'gpt-6-sol', item } },
          { type: 'reasoning', provider: 'openai', data: { phase: 'commentary' } },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_call', id: 'a', name: 'clock', input: '{oops', inputError: 'no' },
        ],
      },
      {
        role: 'tool',
        results: [
          { toolCallId: 'a', name: 'clock', content: 'not JSON', isError: true, truncated: false, untrusted: false },
        ],
      },
    ];
    expect(toResponsesWire(requestFor('gpt-6-sol', { messages }), OFFICIAL).input).toEqual([
      item,
      { role: 'assistant', content: 'Let me see.', phase: 'commentary' },
      { type: 'function_call', call_id: 'a', name: 'clock', arguments: '{"INVALID_JSON":"{oops"}' },
      { type: 'function_call_output', call_id: 'a', output: 'Error: not JSON' },
    ]);
    // Another model could not decrypt it, and Chat Completions has no place for it.
    expect(toResponsesWire(requestFor('gpt-6.1-terra', { messages }), OFFICIAL).input).not.toContainEqual(item);
  });
});

test('which of the interfaces is spoken is told by the model, or by whoever configures it', async () => {
  await using server = await startWireServer();
  const path = async (model: string, dialect: Parameters<typeof createOpenaiProvider>[0]['dialect']) => {
    const provider = createOpenaiProvider({ apiKey: 'x', baseUrl: `${server.url}/v1`, ...(dialect && { dialect }) });
    await provider.call(requestFor(model), { signal: new AbortController().signal }).catch(() => undefined);
    return server.requests.at(-1)?.path;
  };
  // At OpenAI itself.
  expect(await path('gpt-6.1-terra', { isOpenai: true })).toBe('/v1/responses');
  expect(await path('gpt-4o', { isOpenai: true })).toBe('/v1/chat/completions');
  // Elsewhere a name says nothing.
  expect(await path('gpt-6.1-terra', {})).toBe('/v1/chat/completions');
  expect(await path('llama', { api: 'responses' })).toBe('/v1/responses');
  expect(await path('gpt-6.1-terra', { isOpenai: true, api: 'chat' })).toBe('/v1/chat/completions');
});

describe('a reply of Responses', () => {
  const call = async (body: string) => {
    await using server = await startWireServer();
    server.answerWith(stream(body));
    const provider = responsesFixture.create({ url: server.url });
    return await provider.call(requestFor('gpt-5-mini'), { signal: new AbortController().signal });
  };
  const failed = {
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error', message: 'no' } },
  };
  const cut = { type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason: 'x' } } };
  const filtered = { ...cut, response: { ...cut.response, incomplete_details: { reason: 'content_filter' } } };

  test('that failed at the provider is tried again, and one whose prompt was refused is not', async () => {
    await expect(call(responsesFixture.events([failed]))).rejects.toMatchObject({ code: 'provider_error' });
    const refused = { ...failed, response: { error: { code: 'invalid_prompt', message: 'no' } } };
    await expect(call(responsesFixture.events([refused]))).rejects.toMatchObject({ code: 'provider_refused_request' });
  });

  test('that was filtered is a refusal, and one that stopped for no known reason makes no sense', async () => {
    expect(await call(responsesFixture.events([filtered]))).toMatchObject({ stopReason: 'refusal' });
    await expect(call(responsesFixture.events([cut]))).rejects.toMatchObject({ code: 'provider_bad_response' });
  });

  test('may come from a server that reports no usage, sends no last version of its items, and no encrypted thinking', async () => {
    const added = (index: number, item: object) => ({
      type: 'response.output_item.added',
      output_index: index,
      item: { ...item },
    });
    const response = await call(
      responsesFixture.events([
        added(0, { type: 'reasoning', id: 'r', summary: [] }),
        added(1, { type: 'message', content: [] }),
        { type: 'response.output_text.delta', output_index: 1, delta: 'Four.' },
        { type: 'response.completed', response: { status: 'completed' } },
      ]),
    );
    expect(textOf(response.message)).toBe('Four.');
    expect(response.message.content).toHaveLength(1);
    expect(response.usage).toMatchObject({ inputTokens: 0, costMicroUsd: null });
  });
});
