import type { Message } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { requestFor, TOOLS } from '../testing/fixture.ts';
import { toWire } from './to-wire.ts';

const ephemeral = { type: 'ephemeral' };
const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

describe('what Anthropic is sent', () => {
  test('is a streamed request with system prompt, tools and limit', () => {
    const wire = toWire(requestFor('claude-x', { tools: TOOLS, options: { temperature: 0.2 } }));
    expect(wire).toMatchObject({ model: 'claude-x', max_tokens: 1_000, stream: true, system: [{ text: 'Be brief.' }] });
    expect(wire.tools?.[0]).toMatchObject({ name: 'calculator', input_schema: { type: 'object' } });
    expect(wire).not.toHaveProperty('temperature');
  });

  test('holds no text that is empty or blank', () => {
    const wire = toWire(
      requestFor('m', {
        system: ' ',
        messages: [
          user('Hi'),
          { role: 'assistant', content: [{ type: 'text', text: ' \n' }] },
          user(''),
          user('Still there?'),
        ],
      }),
    );
    expect(wire).not.toHaveProperty('system');
    expect(wire.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'user', content: [{ type: 'text', text: 'Still there?' }] },
    ]);
  });

  test('shows tool errors as errors, and empty results without content', () => {
    const result = { name: 'calculator', truncated: false, untrusted: false };
    const results = [
      { ...result, toolCallId: 'a', content: 'no', isError: true },
      { ...result, toolCallId: 'b', content: '', isError: false },
    ];
    expect(toWire(requestFor('m', { messages: [{ role: 'tool', results }] })).messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'no', is_error: true },
          { type: 'tool_result', tool_use_id: 'b' },
        ],
      },
    ]);
  });

  test('wraps arguments that were no object', () => {
    const content: Extract<Message, { role: 'assistant' }>['content'] = [
      { type: 'tool_call', id: 'a', name: 'clock', input: '{oops', inputError: 'no' },
      { type: 'tool_call', id: 'b', name: 'clock', input: [1] },
    ];
    const [message] = toWire(requestFor('m', { messages: [{ role: 'assistant', content }] })).messages;
    expect(message?.content).toMatchObject([{ input: { INVALID_JSON: '{oops' } }, { input: { INVALID_JSON: '[1]' } }]);
  });

  test("leaves out other providers' reasoning", () => {
    const content = [
      { type: 'reasoning' as const, provider: 'openai', data: { field: 'reasoning', text: 'hm' } },
      { type: 'text' as const, text: 'Hi' },
    ];
    const [message] = toWire(requestFor('m', { messages: [{ role: 'assistant', content }] })).messages;
    expect(message?.content).toEqual([{ type: 'text', text: 'Hi' }]);
  });
});

describe('thinking', () => {
  const thought = { type: 'thinking', thinking: 'Hm', signature: 'c2ln' };
  const content = [
    { type: 'reasoning' as const, provider: 'anthropic', data: thought },
    { type: 'tool_call' as const, id: 'a', name: 'clock', input: {} },
  ];
  const request = requestFor('m', { messages: [user('Hi'), { role: 'assistant', content }] });

  test('goes back as it came while nothing before it has changed', () => {
    expect(toWire(request).messages[1]?.content).toEqual([thought, expect.objectContaining({ type: 'tool_use' })]);
  });

  test('stays behind once messages before it have been left out, which would have it refused', () => {
    expect(toWire({ ...request, isCut: true }).messages[1]?.content).toMatchObject([{ type: 'tool_use' }]);
  });
});

describe('prompt caching', () => {
  test('marks the shared beginning and the last message where there are tools', () => {
    const wire = toWire(requestFor('m', { tools: TOOLS, messages: [user('One'), user('Two')] }));
    expect(wire.system).toEqual([{ type: 'text', text: 'Be brief.', cache_control: ephemeral }]);
    expect(wire.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'One' }] },
      { role: 'user', content: [{ type: 'text', text: 'Two', cache_control: ephemeral }] },
    ]);
  });

  test('marks the last tool where there is no system prompt', () => {
    const { tools } = toWire(requestFor('m', { system: null, tools: TOOLS }));
    expect(tools).toEqual([
      expect.not.objectContaining({ cache_control: ephemeral }),
      expect.objectContaining({ cache_control: ephemeral }),
    ]);
  });

  test('is left out of a call that nothing will follow', () => {
    expect(JSON.stringify(toWire(requestFor('m')))).not.toContain('cache_control');
  });

  test('leaves the neutral messages as they were', () => {
    const request = requestFor('m', { tools: TOOLS });
    const before = structuredClone(request);
    toWire(request);
    expect(request).toEqual(before);
  });
});
