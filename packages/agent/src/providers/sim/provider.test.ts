import type { Message } from '@flotilla/core';
import { textOf } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import type { ModelRequest } from '../../provider.ts';
import { createSimProvider } from './provider.ts';

const calculator = { name: 'calculator', description: 'Calculates.', inputSchema: { type: 'object' } };

function requestOf(messages: Message[], change: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: 'demo',
    system: null,
    messages,
    tools: [calculator],
    maxOutputTokens: 8_192,
    options: {},
    context: { missionId: 'mission', step: 1, attempt: 1, try: 1 },
    ...change,
  };
}

const ask = (text: string): Message[] => [{ role: 'user', content: [{ type: 'text', text }] }];
const hooks = () => ({ signal: new AbortController().signal });

describe('createSimProvider', () => {
  it('refuses a model it does not have, and names those it has', async () => {
    const call = createSimProvider().call(requestOf(ask('hi'), { model: 'gpt' }), hooks());
    await expect(call).rejects.toMatchObject({ name: 'TerminalError', code: 'provider_refused_request' });
    await expect(call).rejects.toThrow(/"gpt".*sim\/demo and sim\/load/);
  });
});

describe('sim/demo', () => {
  const provider = createSimProvider({ thinkMs: 0, fragmentMs: 0 });

  it('says in every reply that it is a simulator, costs nothing, and counts tokens', async () => {
    const call = await provider.call(requestOf(ask('2 + 2')), hooks());
    const answer = await provider.call(requestOf(ask('Write a poem')), hooks());
    for (const { provider: name, model, usage } of [call, answer]) {
      expect({ name, model, cost: usage.costMicroUsd }).toEqual({
        name: 'sim',
        model: 'sim/demo (simulator)',
        cost: 0,
      });
      expect(usage.inputTokens).toBeGreaterThan(0);
      expect(usage.outputTokens).toBeGreaterThan(0);
    }
    expect(textOf(answer.message)).toContain('a simulator and not a language model');
  });

  it('streams in fragments exactly what it answers', async () => {
    const deltas: string[] = [];
    const { message } = await provider.call(requestOf(ask('who are you?')), {
      ...hooks(),
      onText: (delta) => deltas.push(delta),
    });
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.join('')).toBe(textOf(message));
  });

  it('waits a little before the first word and between fragments', async () => {
    const waits: number[] = [];
    const slow = createSimProvider({ sleep: async (ms) => void waits.push(ms), thinkMs: 70, fragmentMs: 5 });
    await slow.call(requestOf(ask('who are you?')), hooks());
    expect(waits[0]).toBe(70);
    expect(waits.slice(1).every((ms) => ms === 5)).toBe(true);
    expect(waits.length).toBeLessThan(90);
  });

  it('stops with the reason of an abort, in the middle of a sentence too', async () => {
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const call = createSimProvider({ thinkMs: 0, fragmentMs: 1 }).call(requestOf(ask('who are you?')), {
      signal: abort.signal,
      onText: () => abort.abort(reason),
    });
    await expect(call).rejects.toBe(reason);
  });

  it('stops at the mission’s limit of output tokens, and says so', async () => {
    const { message, stopReason } = await provider.call(
      requestOf(ask('who are you?'), { maxOutputTokens: 5 }),
      hooks(),
    );
    expect(stopReason).toBe('max_tokens');
    expect(textOf(message)).toHaveLength(20);
  });

  it('gives every call of a conversation an id of its own, and the same one when asked again', async () => {
    const messages = ask('take 3 + 4, then double it, and compute 5 * 5');
    const first = await provider.call(requestOf(messages), hooks());
    expect(await provider.call(requestOf(messages), hooks())).toEqual(first);
    const ids = first.message.content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []));
    expect(new Set(ids).size).toBe(2);
  });
});
