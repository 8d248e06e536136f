import { type FailureCode, RetryableError, TerminalError } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { type ContractBench, KEY } from './bench.ts';
import type { ErrorKind } from './fixture.ts';
import { refuse } from './wire-server.ts';

const TERMINAL: [number, ErrorKind, FailureCode][] = [
  [307, 'bad_request', 'provider_not_configured'],
  [400, 'bad_request', 'provider_refused_request'],
  [401, 'wrong_key', 'provider_auth'],
  [402, 'no_money', 'provider_quota'],
  [403, 'forbidden', 'provider_auth'],
  [404, 'unknown_model', 'provider_refused_request'],
  [413, 'too_large', 'provider_refused_request'],
  [422, 'bad_request', 'provider_refused_request'],
  [429, 'spend_limit', 'provider_quota'],
];

const RETRYABLE: [number, ErrorKind, FailureCode][] = [
  [408, 'server_error', 'provider_timeout'],
  [409, 'server_error', 'provider_error'],
  [429, 'rate_limited', 'provider_rate_limited'],
  [500, 'server_error', 'provider_error'],
  [502, 'server_error', 'provider_error'],
  [503, 'overloaded', 'provider_overloaded'],
  [504, 'server_error', 'provider_error'],
  [529, 'overloaded', 'provider_overloaded'],
];

/** What is made of an answer that is no reply. */
export function refusalsContract({ fixture, failure, answerWith }: ContractBench): void {
  describe('a refused request', () => {
    test.each(TERMINAL.filter(([, kind]) => !fixture.unsaid?.includes(kind)))(
      'with %i %s is terminal: %s',
      async (status, kind, code) => {
        answerWith(refuse(status, fixture.errorBody(kind), status === 307 ? { location: '/elsewhere' } : {}));
        const { error, message } = await failure();
        expect(error).toBeInstanceOf(TerminalError);
        expect(error).toMatchObject({ code });
        expect(message).toMatch(new RegExp(`^${fixture.name} answered ${status}[ :].*\\(request req_wire\\)$`));
        expect(message).not.toContain(KEY);
      },
    );

    test.each(RETRYABLE)('with %i %s may be tried later: %s', async (status, kind, code) => {
      answerWith(refuse(status, fixture.errorBody(kind)));
      const { error } = await failure();
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ code, retryAfterMs: null });
    });

    test.each([
      [{ 'retry-after': '7' }, 7_000],
      [{ 'retry-after-ms': '1500', 'retry-after': '7' }, 1_500],
      [{ 'retry-after': '999999' }, 3_600_000],
      [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    ])('hands on the wait of %o', async (headers, retryAfterMs) => {
      answerWith(refuse(429, fixture.errorBody('rate_limited'), headers));
      const { error } = await failure();
      expect(error).toMatchObject({ code: 'provider_rate_limited', retryAfterMs });
    });

    test('says nothing of the key it repeats', async () => {
      answerWith(refuse(400, { error: { message: `bad header: Bearer ${KEY}`, type: 'invalid_request_error' } }));
      const { error, message } = await failure();
      expect(message).toContain('bad header');
      expect(`${message} ${JSON.stringify(error)}`).not.toContain('0123456789');
    });

    test('is understood even where the body is not JSON', async () => {
      answerWith((response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad</h1>'));
      const { error, message } = await failure();
      expect(error).toMatchObject({ code: 'provider_error' });
      expect(message).not.toContain('<h1>');
    });
  });
}
