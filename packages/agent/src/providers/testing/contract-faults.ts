import { RetryableError, TerminalError } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { type ContractBench, KEY, NEVER, USAGE } from './bench.ts';
import { requestFor } from './fixture.ts';
import { closedPort } from './wire-server.ts';

/** What is made of connections and streams that do not do what they should. */
export function faultsContract(bench: ContractBench): void {
  const { fixture, provider, call, failure, answerWith, expectRequests } = bench;
  const { cutAfter, endAfter, hangAfter, stream } = bench.answers;
  const { isVariant = false, nonsense = 'event: message_start\ndata: null\n\n' } = fixture;
  const stride = isVariant ? 197 : 17;

  describe('a broken stream', () => {
    const whole = fixture.render({
      text: ['Two and ', 'two'],
      calls: [{ id: 'call_a', name: 'calculator', json: ['{"value":', '"1"}'] }],
      stop: 'tool_calls',
      usage: USAGE,
    });
    const wholeAt = fixture.wholeAt(whole);
    const positions = Array.from({ length: Math.ceil(wholeAt / stride) }, (_, index) => index * stride);

    test('gives nothing of a reply that is cut at any byte', { timeout: 30_000 }, async () => {
      for (const position of [...positions, wholeAt - 1]) {
        answerWith(cutAfter(whole, position));
        const { error, message } = await failure();
        expect(error, `cut after ${position} bytes`).toMatchObject({ code: 'provider_stream_cut' });
        expect(message).toContain('req_wire');
      }
      expectRequests(positions.length + 1);
    });

    test('gives nothing of a reply that ends early, however politely', { timeout: 30_000 }, async () => {
      const early = positions.filter((position) => position < fixture.answeredAt(whole));
      for (const position of early) {
        answerWith(endAfter(whole, position));
        const { error } = await failure();
        expect(error, `ended after ${position} bytes`).toMatchObject({ code: 'provider_stream_cut' });
      }
      expectRequests(early.length);
    });

    test('costs nothing once the reply is whole', async () => {
      answerWith(cutAfter(whole, wholeAt));
      expect((await call()).stopReason).toBe('tool_calls');
    });

    test.each([
      ['overloaded', 'provider_overloaded', RetryableError],
      ['rate_limited', 'provider_rate_limited', RetryableError],
      ['server_error', 'provider_error', RetryableError],
      ['bad_request', 'provider_refused_request', TerminalError],
    ] as const)('fails by the kind of an error event in it: %s', async (kind, code, type) => {
      answerWith(stream(whole.slice(0, whole.indexOf('\n\n') + 2) + fixture.errorEvent(kind)));
      const { error, message } = await failure();
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ code });
      expect(message).toContain('req_wire');
    });

    test.each([
      ['text', { text: Array.from({ length: 50 }, () => 'x'.repeat(1_048_576)) }],
      [
        'arguments',
        { calls: [{ id: 'a', name: 'work', json: ['"', ...Array.from({ length: 50 }, () => 'x'.repeat(1_048_576))] }] },
      ],
    ])('is one without end: 50 MB of %s are not gathered', { timeout: 30_000 }, async (_what, reply) => {
      const closed = Promise.withResolvers<void>();
      answerWith((response, request) => {
        request.socket.on('close', () => closed.resolve());
        void stream(fixture.render({ ...reply, stop: 'end', usage: USAGE }))(response, request);
      });
      const { error, message } = await failure();
      expect(error).toMatchObject({ code: 'provider_bad_response' });
      expect(message).toContain('more than 4194304 characters in one reply (request req_wire)');
      await closed.promise;
    });

    test('is told from a page that is no stream', async () => {
      answerWith((response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'));
      const { error, message } = await failure();
      expect(error).toMatchObject({ code: 'provider_bad_response' });
      expect(message).toContain('text/html');
    });

    test('is told from events that are not the wire format', async () => {
      answerWith(stream(nonsense));
      const { error } = await failure();
      expect(error).toMatchObject({ code: 'provider_bad_response' });
    });
  });

  describe('a stall', () => {
    const reply = fixture.render({ text: ['Two and '], stop: 'end', usage: USAGE });
    const opening = reply.slice(0, reply.indexOf('\n\n', reply.indexOf('Two and ')) + 2);

    test.each([
      { when: 'before the first token', sent: '', timings: { firstTokenMs: 500 }, said: 'no first token for 500 ms' },
      { when: 'after some tokens', sent: opening, timings: { nextTokenMs: 100 }, said: 'no new token for 100 ms' },
    ])('$when fails the call, keep-alive bytes or not', async ({ sent, timings, said }) => {
      answerWith(hangAfter(sent, fixture.keepAlive));
      const { error, message } = await failure(timings);
      expect(error).toMatchObject({ code: 'provider_timeout' });
      expect(message).toContain(`${said} (request req_wire)`);
    });

    test('of a server that never answers fails the call', async () => {
      answerWith(() => undefined);
      const { error } = await failure({ firstTokenMs: 500 });
      expect(error).toMatchObject({ code: 'provider_timeout' });
    });

    test('closes the connection', async () => {
      const closed = Promise.withResolvers<void>();
      answerWith(async (response, request) => {
        request.socket.on('close', () => closed.resolve());
        await hangAfter(opening, fixture.keepAlive)(response, request);
      });
      const { error } = await failure({ nextTokenMs: 100 });
      expect(error).toMatchObject({ code: 'provider_timeout' });
      await closed.promise;
    });

    test('is not a long reply, which the limit on the whole call ends', async () => {
      const token = opening.slice(opening.slice(0, -2).lastIndexOf('\n\n') + 2);
      answerWith(hangAfter(opening, token));
      const { error, message } = await failure({ totalMs: 300 });
      expect(error).toMatchObject({ code: 'provider_timeout' });
      expect(message).toContain('not finished after 300 ms');
    });
  });

  describe('the caller', () => {
    test('may abort in the middle: the reason comes back, and the connection is closed', async () => {
      const reply = fixture.render({ text: ['Two and ', 'two'], stop: 'end', usage: USAGE });
      const closed = Promise.withResolvers<void>();
      answerWith(async (response, request) => {
        request.socket.on('close', () => closed.resolve());
        // Both fragments are there at once; the second must not be handed out any more.
        await hangAfter(reply.slice(0, reply.indexOf('\n\n', reply.lastIndexOf('two')) + 2), fixture.keepAlive)(
          response,
          request,
        );
      });
      const controller = new AbortController();
      const reason = new Error('the mission was cancelled');
      const seen: string[] = [];
      const running = provider().call(requestFor(fixture.model), {
        signal: controller.signal,
        onText(delta) {
          seen.push(delta);
          controller.abort(reason);
        },
      });
      await expect(running).rejects.toBe(reason);
      await closed.promise;
      expect(seen).toEqual(['Two and ']);
    });

    test('may abort before the call: no request is made', async () => {
      expectRequests(0);
      const signal = AbortSignal.abort(new Error('too late'));
      await expect(provider().call(requestFor(fixture.model), { signal })).rejects.toBe(signal.reason);
    });
  });

  describe('a server that cannot be reached', () => {
    test('may be tried later', async () => {
      expectRequests(0);
      const gone = fixture.create({ url: await closedPort(), apiKey: KEY });
      const calling = gone.call(requestFor(fixture.model), { signal: NEVER });
      await expect(calling).rejects.toMatchObject({
        code: 'provider_unreachable',
        message: `${fixture.name} could not be reached (ECONNREFUSED)`,
      });
    });

    test('is one that drops the connection before answering', async () => {
      answerWith((response) => void response.destroy());
      const { error } = await failure();
      expect(error).toMatchObject({ code: 'provider_unreachable' });
    });
  });
}
