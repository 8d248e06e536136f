import { LLMock } from '@copilotkit/aimock';
import { RetryableError, textOf, toolCallsOf } from '@flotilla/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestFor, TOOLS, type WireFixture } from './fixture.ts';

/** The same adapter against a server that others wrote to speak the wire format. */
export function aimockSuite(fixture: WireFixture, wire: string = fixture.name): void {
  describe(`${wire}: against aimock`, () => {
    let mock: LLMock;
    beforeEach(async () => {
      mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 8 });
      await mock.start();
    });
    afterEach(async () => {
      expect(mock.getRequests(), 'one call is one request').toHaveLength(1);
      await mock.stop();
    });

    const call = (overrides: Parameters<typeof requestFor>[1] = {}, onText?: (delta: string) => void) =>
      fixture.create({ url: mock.url }).call(requestFor(fixture.model, overrides), {
        signal: new AbortController().signal,
        ...(onText && { onText }),
      });

    test('text arrives in fragments, with its figures', async () => {
      const usage = { prompt_tokens: 21, completion_tokens: 7, input_tokens: 21, output_tokens: 7 };
      mock.onMessage('2 + 2', { content: 'Two and two is four, as ever.', usage });
      const deltas: string[] = [];
      const response = await call({}, (delta) => deltas.push(delta));
      expect(textOf(response.message)).toBe('Two and two is four, as ever.');
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.join('')).toBe('Two and two is four, as ever.');
      expect(response).toMatchObject({ stopReason: 'end', usage: { inputTokens: 21, outputTokens: 7 } });
    });

    test('parallel tool calls arrive in order', async () => {
      mock.onMessage('2 + 2', {
        toolCalls: [
          { id: 'call_a', name: 'calculator', arguments: '{"value":"2 + 2"}' },
          { id: 'call_b', name: 'clock', arguments: '{}' },
        ],
      });
      const response = await call({ tools: TOOLS });
      expect(response.stopReason).toBe('tool_calls');
      expect(toolCallsOf(response.message)).toMatchObject([
        { id: 'call_a', name: 'calculator', input: { value: '2 + 2' } },
        { id: 'call_b', name: 'clock', input: {} },
      ]);
    });

    test('tool results are understood', async () => {
      mock.onToolResult('call_a', { content: 'Four.' });
      const response = await call({
        tools: TOOLS,
        messages: [
          ...requestFor(fixture.model).messages,
          {
            role: 'assistant',
            content: [{ type: 'tool_call', id: 'call_a', name: 'calculator', input: { value: '2 + 2' } }],
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
            ],
          },
        ],
      });
      expect(textOf(response.message)).toBe('Four.');
    });

    test('a reply cut by the server gives nothing', async () => {
      mock.onMessage(
        '2 + 2',
        { content: 'A reply that is long enough to be cut.' },
        { truncateAfterChunks: 3, chunkSize: 4, latency: 20 },
      );
      // Without a first byte on its way, a cut and an unreachable server are the same thing.
      await expect(call()).rejects.toSatisfy(
        (error) => error instanceof RetryableError && /^provider_(stream_cut|unreachable)$/.test(error.code),
      );
    });

    test.each([
      [429, 'provider_rate_limited', 3_000],
      [500, 'provider_error', null],
      [529, 'provider_overloaded', null],
    ])('%i is %s', async (status, code, retryAfterMs) => {
      mock.onMessage('2 + 2', { error: { message: 'no', type: 'error' }, status, retryAfter: 3 });
      await expect(call()).rejects.toMatchObject({ code, retryAfterMs });
    });
  });
}
