import type { Message } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { requestFor, TOOLS } from '../testing/fixture.ts';
import { dialectOf } from './dialect.ts';
import { toWire } from './to-wire.ts';

const OFFICIAL = dialectOf('https://api.openai.com/v1');
const LOCAL = dialectOf('http://127.0.0.1:11434/v1');

describe('what an OpenAI interface is sent', () => {
  test('is a streamed request that asks for its usage', () => {
    const wire = toWire(requestFor('gpt-x', { tools: TOOLS, options: { temperature: 0.2 } }), LOCAL);
    expect(wire).toMatchObject({
      model: 'gpt-x',
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.2,
    });
    expect(wire.messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
    expect(wire.tools?.[0]).toMatchObject({ type: 'function', function: { name: 'calculator' } });
  });

  test.each([
    ['https://api.openai.com/v1', 'max_completion_tokens'],
    ['https://eu.api.openai.com/v1', 'max_completion_tokens'],
    ['https://house.openai.azure.com/openai/v1', 'max_completion_tokens'],
    ['http://127.0.0.1:11434/v1', 'max_tokens'],
    ['https://openai.com.example.org/v1', 'max_tokens'],
  ])('limits the reply in the words of %s', (baseUrl, field) => {
    const wire = toWire(requestFor('m'), dialectOf(baseUrl));
    expect(Object.keys(wire).filter((key) => key.startsWith('max_'))).toEqual([field]);
  });

  test('asks OpenAI itself for JSON by a schema, and leaves servers alone that may not know the field', () => {
    const request = { ...requestFor('gpt-x'), outputSchema: { type: 'object' } };
    expect(toWire(request, OFFICIAL).response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object' }, strict: false },
    });
    expect(toWire(request, LOCAL)).not.toHaveProperty('response_format');
    expect(toWire(requestFor('gpt-x'), OFFICIAL)).not.toHaveProperty('response_format');
  });

  test("turns reasoning off where OpenAI's model would refuse the tools otherwise", () => {
    expect(toWire(requestFor('gpt-6-sol', { tools: TOOLS }), OFFICIAL)).toMatchObject({ reasoning_effort: 'none' });
    for (const wire of [
      toWire(requestFor('gpt-6-sol'), OFFICIAL),
      toWire(requestFor('gpt-5-mini', { tools: TOOLS }), OFFICIAL),
      toWire(requestFor('gpt-6-sol', { tools: TOOLS }), LOCAL),
    ]) {
      expect(wire).not.toHaveProperty('reasoning_effort');
    }
  });

  test('gives every tool result a message of its own, and says which are errors', () => {
    const result = { name: 'calculator', truncated: false, untrusted: false };
    const messages: Message[] = [
      {
        role: 'assistant',
        content: [
          { type: 'tool_call', id: 'a', name: 'calculator', input: { value: '1' } },
          { type: 'tool_call', id: 'b', name: 'calculator', input: '{oops', inputError: 'no' },
        ],
      },
      {
        role: 'tool',
        results: [
          { ...result, toolCallId: 'a', content: '1', isError: false },
          { ...result, toolCallId: 'b', content: 'not JSON', isError: true },
        ],
      },
    ];
    expect(toWire(requestFor('m', { system: null, messages }), LOCAL).messages).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { type: 'function', id: 'a', function: { name: 'calculator', arguments: '{"value":"1"}' } },
          { type: 'function', id: 'b', function: { name: 'calculator', arguments: '{"INVALID_JSON":"{oops"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: not JSON' },
    ]);
  });

  test('hands reasoning back under the name it came with, and to no other provider', () => {
    const message = (provider: string): Message => ({
      role: 'assistant',
      content: [
        { type: 'reasoning', provider, data: { field: 'reasoning_content', text: 'Hm' } },
        { type: 'text', text: '4' },
      ],
    });
    const wire = (provider: string) => toWire(requestFor('m', { system: null, messages: [message(provider)] }), LOCAL);
    expect(wire('openai').messages).toEqual([{ role: 'assistant', content: '4', reasoning_content: 'Hm' }]);
    expect(wire('anthropic').messages).toEqual([{ role: 'assistant', content: '4' }]);
  });

  test('has text for an assistant that said nothing', () => {
    const messages: Message[] = [{ role: 'assistant', content: [] }];
    expect(toWire(requestFor('m', { system: null, messages }), LOCAL).messages).toEqual([
      { role: 'assistant', content: '' },
    ]);
  });
});
