import { describe, expect, test } from 'vitest';
import { aimockSuite } from '../testing/aimock-suite.ts';
import { anthropicFixture } from '../testing/anthropic-fixture.ts';
import { providerContract } from '../testing/contract.ts';
import { requestFor } from '../testing/fixture.ts';
import { startWireServer, stream } from '../testing/wire-server.ts';
import { createAnthropicProvider } from './provider.ts';

providerContract(anthropicFixture);
aimockSuite(anthropicFixture);

test('how long a model may keep silent is its own, and longer where it was asked to think', async () => {
  await using server = await startWireServer();
  server.answerWith(() => undefined);
  const timings = (model: string) => ({ firstTokenMs: model === 'slow' ? 120 : 40, reasoningMs: 500 });
  const provider = createAnthropicProvider({ apiKey: 'x', baseUrl: server.url, timings });
  const failureOf = async (model: string, options = {}) =>
    provider
      .call(requestFor(model, { options }), { signal: new AbortController().signal })
      .then(String, (error: unknown) => (error instanceof Error ? error.message : ''));
  expect(await failureOf('slow')).toContain('no first token for 120 ms');
  expect(await failureOf('quick')).toContain('no first token for 40 ms');
  expect(await failureOf('quick', { reasoningEffort: 'high' })).toContain('no first token for 500 ms');
  expect(server.requests.at(-1)?.body).toMatchObject({ output_config: { effort: 'high' } });
});

describe('anthropic thinking', () => {
  test('comes back as reasoning parts that can be handed back unchanged', async () => {
    await using server = await startWireServer();
    server.answerWith(
      stream(
        anthropicFixture.events([
          {
            type: 'message_start',
            message: { model: 'claude-sonnet-5-5', usage: { input_tokens: 5, output_tokens: 1 } },
          },
          { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
          { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm, ' } },
          { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'four.' } },
          { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } },
          { type: 'content_block_stop', index: 0 },
          { type: 'content_block_start', index: 1, content_block: { type: 'redacted_thinking', data: 'b3BhcXVl' } },
          { type: 'content_block_stop', index: 1 },
          { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
          { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: '4' } },
          { type: 'content_block_stop', index: 2 },
          { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 20 } },
          { type: 'message_stop' },
        ]),
      ),
    );
    const provider = createAnthropicProvider({ apiKey: 'x', baseUrl: server.url });
    const { signal } = new AbortController();
    const first = requestFor('claude-sonnet-5-5');
    const { message } = await provider.call(first, { signal });
    expect(message.content).toEqual([
      {
        type: 'reasoning',
        provider: 'anthropic',
        data: { type: 'thinking', thinking: 'Hm, four.', signature: 'c2ln' },
      },
      { type: 'reasoning', provider: 'anthropic', data: { type: 'redacted_thinking', data: 'b3BhcXVl' } },
      { type: 'text', text: '4' },
    ]);

    const goOn = { role: 'user' as const, content: [{ type: 'text' as const, text: 'And 3 + 3?' }] };
    await provider.call({ ...first, messages: [...first.messages, message, goOn] }, { signal });
    expect(server.requests[1]?.body).toMatchObject({
      messages: [
        {},
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm, four.', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'b3BhcXVl' },
            { type: 'text', text: '4' },
          ],
        },
        {},
      ],
    });
  });

  test('that is not shown gives the model the longer limit', async () => {
    await using server = await startWireServer();
    const events = anthropicFixture.events([
      { type: 'message_start', message: { model: 'm', usage: { input_tokens: 5, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
    ]);
    server.answerWith(
      (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(events),
    );
    const timings = { nextTokenMs: 20, reasoningMs: 250 };
    const provider = createAnthropicProvider({ apiKey: 'x', baseUrl: server.url, timings });
    const call = provider.call(requestFor('m'), { signal: new AbortController().signal });
    await expect(call).rejects.toMatchObject({ code: 'provider_timeout', message: expect.stringContaining('250 ms') });
  });
});
