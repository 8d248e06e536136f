import { textOf, toolCallsOf } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { aimockSuite } from '../testing/aimock-suite.ts';
import { providerContract } from '../testing/contract.ts';
import { requestFor } from '../testing/fixture.ts';
import { openaiFixture } from '../testing/openai-fixture.ts';
import { startWireServer, stream } from '../testing/wire-server.ts';
import { createOpenaiProvider } from './provider.ts';

providerContract(openaiFixture);
aimockSuite(openaiFixture);

const delta = (data: object, finishReason: string | null = null) => ({
  model: 'local',
  choices: [{ index: 0, delta: { ...data }, finish_reason: finishReason }],
});

async function replyTo(chunks: object[]) {
  await using server = await startWireServer();
  server.answerWith(stream(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`));
  const provider = createOpenaiProvider({ apiKey: 'x', baseUrl: `${server.url}/v1` });
  return await provider.call(requestFor('local'), { signal: new AbortController().signal });
}

describe('a compatible server', () => {
  test('may report no usage: the reply is good and its cost unknown', async () => {
    const response = await replyTo([delta({ content: 'Hi' }), delta({}, 'stop')]);
    expect(textOf(response.message)).toBe('Hi');
    expect(response.usage).toEqual({ inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: null });
  });

  test('may give every parallel call index 0, and say stop', async () => {
    const call = (id: string, value: number) => ({
      index: 0,
      id,
      function: { name: 'calculator', arguments: `{"value":${value}}` },
    });
    const response = await replyTo([
      delta({ tool_calls: [call('a', 1)] }),
      delta({ tool_calls: [call('b', 2)] }),
      delta({}, 'stop'),
    ]);
    expect(response.stopReason).toBe('tool_calls');
    expect(toolCallsOf(response.message)).toMatchObject([
      { id: 'a', input: { value: 1 } },
      { id: 'b', input: { value: 2 } },
    ]);
  });

  test('may leave out ids: calls are given one', async () => {
    const response = await replyTo([
      delta({ tool_calls: [{ function: { name: 'clock', arguments: '' } }] }),
      delta({}, 'tool_calls'),
    ]);
    expect(toolCallsOf(response.message)).toMatchObject([
      { id: expect.stringMatching(/^call_.+/), name: 'clock', input: {} },
    ]);
  });

  test('may show its reasoning, which is kept apart from the answer', async () => {
    const response = await replyTo([
      delta({ reasoning_content: 'Hm, ' }),
      delta({ reasoning_content: 'four' }),
      delta({ content: '4' }, 'stop'),
    ]);
    expect(response.message.content).toEqual([
      { type: 'reasoning', provider: 'openai', data: { field: 'reasoning_content', text: 'Hm, four' } },
      { type: 'text', text: '4' },
    ]);
  });

  test('may send chunks that say nothing, its figures with every chunk, and the end with the last words', async () => {
    // Azure begins with what its filter thinks of the prompt, vLLM reports usage as it goes, gateways send comments.
    const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
    const response = await replyTo([
      { choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
      { model: '', choices: [{ index: 0, delta: null, finish_reason: null }], usage: null },
      { ...delta({ role: 'assistant', content: null, tool_calls: null, refusal: null }), usage },
      { ...delta({ content: 'Hi' }), usage },
      { ...delta({ content: ' there' }, 'stop'), usage },
    ]);
    expect(textOf(response.message)).toBe('Hi there');
    expect(response).toMatchObject({ model: 'local', stopReason: 'end', usage: { inputTokens: 5, outputTokens: 2 } });
  });

  test('is told how much to think where it was said', async () => {
    await using server = await startWireServer();
    const provider = createOpenaiProvider({ apiKey: 'x', baseUrl: `${server.url}/v1` });
    const request = requestFor('qwen', { options: { reasoningEffort: 'low' } });
    await expect(provider.call(request, { signal: new AbortController().signal })).rejects.toThrow('answered 500');
    expect(server.requests[0]?.body).toMatchObject({ reasoning_effort: 'low' });
  });

  test('that breaks down with a reason of its own is tried again', async () => {
    await expect(replyTo([delta({ content: 'Hi' }), delta({}, 'abort')])).rejects.toMatchObject({
      code: 'provider_bad_response',
    });
  });
});
