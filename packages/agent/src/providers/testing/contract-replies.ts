import { textOf, toolCallsOf } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { type ContractBench, NEVER, USAGE } from './bench.ts';
import { requestFor, TOOLS } from './fixture.ts';

/** What is made of a reply, and of the results that go back. */
export function repliesContract({ fixture, provider, call, answers, answerWith, requests }: ContractBench): void {
  const { render, repliesAs = fixture.model } = fixture;
  const { stream } = answers;

  describe('a reply', () => {
    test('comes back whole, with its text streamed before', async () => {
      answerWith(stream(render({ text: ['Two and ', 'two ', 'is four.'], stop: 'end', usage: USAGE })));
      const deltas: string[] = [];
      const response = await provider().call(requestFor(fixture.model), {
        signal: NEVER,
        onText: (delta) => deltas.push(delta),
      });
      expect(textOf(response.message)).toBe('Two and two is four.');
      expect(deltas).toEqual(['Two and ', 'two ', 'is four.']);
      expect(response).toMatchObject({ provider: fixture.name, model: repliesAs, stopReason: 'end' });
    });

    test('may ask for tools in parallel, in order, beside text', async () => {
      const calls = [
        { id: 'call_a', name: 'calculator', json: ['{"val', 'ue":"2+2"}'] },
        { id: 'call_b', name: 'clock', json: [] },
        { id: 'call_c', name: 'calculator', json: ['{"value":"ünï"}'] },
      ];
      answerWith(stream(render({ text: ['Let me see.'], calls, stop: 'tool_calls', usage: USAGE })));
      const response = await call({ tools: TOOLS });
      expect(response.stopReason).toBe('tool_calls');
      expect(textOf(response.message)).toBe('Let me see.');
      expect(toolCallsOf(response.message)).toEqual([
        { type: 'tool_call', id: 'call_a', name: 'calculator', input: { value: '2+2' } },
        { type: 'tool_call', id: 'call_b', name: 'clock', input: {} },
        { type: 'tool_call', id: 'call_c', name: 'calculator', input: { value: 'ünï' } },
      ]);
    });

    test('with arguments that are not JSON is still good, and says so', async () => {
      const calls = [{ id: 'call_a', name: 'calculator', json: ['{"value": ', 'two}'] }];
      answerWith(stream(render({ calls, stop: 'tool_calls', usage: USAGE })));
      const [bad] = toolCallsOf((await call({ tools: TOOLS })).message);
      expect(bad?.input).toBe('{"value": two}');
      expect(bad?.inputError).toContain('not valid JSON');
    });

    test.each(['max_tokens', 'refusal'] as const)('may stop for %s', async (stop) => {
      const reply = stop === 'refusal' ? { refusal: ['I will not.'], stop } : { text: ['Two and'], stop };
      answerWith(stream(render({ ...reply, usage: USAGE })));
      const response = await call();
      expect(response.stopReason).toBe(stop);
      expect(textOf(response.message)).not.toBe('');
    });

    test('may be empty', async () => {
      answerWith(stream(render({ stop: 'end', usage: USAGE })));
      expect(await call()).toMatchObject({ stopReason: 'end', message: { role: 'assistant', content: [] } });
    });

    test('counts the whole prompt, the cached part, and a cost', async () => {
      const usage = { input: 1_000, cached: 600, cacheWrite: 100, output: 50 };
      answerWith(stream(render({ text: ['4'], stop: 'end', usage })));
      const response = await call();
      expect(response.usage).toMatchObject({ inputTokens: 1_000, cachedInputTokens: 600, outputTokens: 50 });
      expect(Number.isInteger(response.usage.costMicroUsd)).toBe(true);
      expect(response.usage.costMicroUsd).toBeGreaterThan(0);
    });
  });

  test('a request with tools says what of it the next one sends again', async () => {
    answerWith(stream(render({ text: ['4'], stop: 'end', usage: USAGE })));
    await call({ tools: TOOLS });
    expect(JSON.stringify(requests()[0]?.body).split('"cache_control"').length - 1).toBe(fixture.cacheMarks);
  });

  test('tool results go back in call order', async () => {
    answerWith(stream(render({ text: ['4'], stop: 'end', usage: USAGE })));
    await call({
      tools: TOOLS,
      messages: [
        ...requestFor(fixture.model).messages,
        {
          role: 'assistant',
          content: [
            { type: 'tool_call', id: 'call_a', name: 'calculator', input: { value: '2+2' } },
            { type: 'tool_call', id: 'call_b', name: 'clock', input: '{oops', inputError: 'not JSON' },
          ],
        },
        {
          role: 'tool',
          results: [
            {
              toolCallId: 'call_a',
              name: 'calculator',
              content: '4',
              isError: false,
              truncated: false,
              untrusted: false,
            },
            {
              toolCallId: 'call_b',
              name: 'clock',
              content: 'not JSON',
              isError: true,
              truncated: false,
              untrusted: false,
            },
          ],
        },
      ],
    });
    const results = fixture.toolResultsIn(requests()[0]?.body);
    expect(results.map((result) => result.id)).toEqual(['call_a', 'call_b']);
    expect(results[0]?.content).toBe('4');
    expect(results[1]?.content).toContain('not JSON');
  });
}
