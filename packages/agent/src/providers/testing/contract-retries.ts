import type { FailureCode } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { runMission } from '../../run.ts';
import { createScene } from '../../testing/script.ts';
import { createSpec } from '../../testing/spec.ts';
import { createTool } from '../../testing/tools.ts';
import type { CallTimings } from '../watchdog.ts';
import { type ContractBench, USAGE } from './bench.ts';
import type { ErrorKind } from './fixture.ts';
import { type Answer, refuse } from './wire-server.ts';

/** A bad answer that a mission gets once. */
type Bad = { what: string; answer: Answer };
type Fatal = Bad & { code: FailureCode };
type Passing = Bad & { waitsAtLeastMs: number };

/** What the loop makes of a provider: which answers it asks again after, and that nothing is done twice. */
export function retriesContract(bench: ContractBench): void {
  const { fixture, answerWith, expectRequests, requests, provider } = bench;
  const { cutAfter, endAfter, hangAfter, stream } = bench.answers;
  const isSaid = (kind: ErrorKind) => !fixture.unsaid?.includes(kind);
  const asks = (id: string) =>
    fixture.render({
      text: ['Let me see.'],
      calls: [{ id, name: 'work', json: ['{"text":', `"${id}"}`] }],
      stop: 'tool_calls',
      usage: USAGE,
    });
  const done = fixture.render({ text: ['done'], stop: 'end', usage: USAGE });

  /** A mission of two tool calls and an answer; `bad` comes in place of its reply number `at`, once. */
  async function play(bad: Answer, at: number, timings: Partial<CallTimings> = {}) {
    const effects: string[] = [];
    const work = createTool('work', async ({ text = '' }) => (effects.push(text), 'worked'), { idempotent: false });
    const replies = [stream(asks('a')), stream(asks('b')), stream(done)];
    const answers = [...replies.slice(0, at - 1), bad, ...replies.slice(at - 1)];
    const first = requests().length;
    answerWith((response, request) => answers[requests().length - first - 1]?.(response, request));
    const { input, waits, journal } = createScene([], [work], {
      spec: createSpec({ model: `${fixture.name}/${fixture.model}`, tools: ['work'] }),
      providers: () => provider(timings),
    });
    return { outcome: await runMission(input), effects, waits, steps: journal.steps, made: requests().length - first };
  }

  const refused = (status: number, kind: ErrorKind, headers: Record<string, string> = {}): Bad => ({
    what: `${status} ${kind} ${JSON.stringify(headers)}`,
    answer: refuse(status, fixture.errorBody(kind), headers),
  });
  const opening = asks('x').slice(0, asks('x').indexOf('\n\n') + 2);
  const event = (kind: ErrorKind): Bad => ({
    what: `200 with an error event ${kind}`,
    answer: stream(opening + fixture.errorEvent(kind)),
  });
  const fatal = (code: FailureCode, bad: Bad): Fatal => ({ ...bad, code });
  const passing = (bad: Bad, waitsAtLeastMs = 0): Passing => ({ ...bad, waitsAtLeastMs });
  const soon = () => new Date(Date.now() + 3_000).toUTCString();

  const FATAL: Fatal[] = [
    fatal('provider_not_configured', refused(307, 'bad_request', { location: '/elsewhere' })),
    fatal('provider_refused_request', refused(400, 'bad_request')),
    fatal('provider_auth', refused(401, 'wrong_key')),
    fatal('provider_quota', refused(402, 'no_money')),
    fatal('provider_auth', refused(403, 'forbidden')),
    fatal('provider_refused_request', refused(404, 'unknown_model')),
    fatal('provider_refused_request', refused(413, 'too_large')),
    fatal('provider_refused_request', refused(422, 'bad_request')),
    ...(isSaid('spend_limit') ? [fatal('provider_quota', refused(429, 'spend_limit'))] : []),
    fatal('provider_refused_request', event('bad_request')),
  ];
  const PASSING: Passing[] = [
    passing(refused(408, 'server_error')),
    passing(refused(409, 'server_error')),
    passing(refused(429, 'rate_limited')),
    passing(refused(429, 'rate_limited', { 'retry-after': '3' }), 3_000),
    passing(refused(429, 'rate_limited', { 'retry-after-ms': '1500' }), 1_500),
    passing(refused(429, 'rate_limited', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' })),
    passing(refused(500, 'server_error')),
    passing(refused(502, 'server_error')),
    passing(refused(503, 'overloaded')),
    passing(refused(504, 'server_error')),
    passing(refused(529, 'overloaded')),
    passing(event('overloaded')),
    passing(event('rate_limited')),
    passing(event('server_error')),
    passing({ what: 'a stream cut before its end', answer: cutAfter(asks('x'), asks('x').length / 2) }),
    passing({ what: 'a stream that ends early', answer: endAfter(asks('x'), asks('x').length / 2) }),
    passing({ what: 'a connection dropped before the first byte', answer: (response) => void response.destroy() }),
    passing({
      what: 'a page that is no stream',
      answer: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
    }),
    passing({ what: 'half an event', answer: stream('data: {"half":\n\n') }),
  ];

  describe.each(fixture.isVariant ? [2] : [1, 2, 3])('in place of reply %i of a mission', (at) => {
    test.each(FATAL)('$what ends it: $code, and nothing is asked again', async ({ answer, code }) => {
      const { outcome, effects, waits, made } = await play(answer, at);
      expect(outcome).toMatchObject({ kind: 'failed', code });
      expect({ made, effects, waits }).toEqual({ made: at, effects: ['a', 'b'].slice(0, at - 1), waits: [] });
      expectRequests(at);
    });

    test.each(PASSING)('$what is asked again once', async ({ answer, waitsAtLeastMs }) => {
      const { outcome, effects, waits, steps } = await play(answer, at);
      expect(outcome).toEqual({ kind: 'completed', output: 'done' });
      expect({ effects, waited: waits.length }).toEqual({ effects: ['a', 'b'], waited: 1 });
      expect(steps.map(({ tries }) => tries)).toEqual([1, 2, 3].map((number) => (number === at ? 2 : 1)));
      expect(waits[0]).toBeGreaterThanOrEqual(waitsAtLeastMs);
      expectRequests(4);
    });
  });

  test('a wait asked for as a moment is kept', async () => {
    const { waits } = await play(refuse(503, fixture.errorBody('overloaded'), { 'retry-after': soon() }), 1);
    expect(waits[0]).toBeGreaterThan(500);
    expect(waits[0]).toBeLessThan(3_501);
    expectRequests(4);
  });

  test('a server that accepts and never answers costs a try, and the next one goes on', async () => {
    const { outcome, effects } = await play(() => undefined, 2, { firstTokenMs: 1_000 });
    expect(outcome).toEqual({ kind: 'completed', output: 'done' });
    expect(effects).toEqual(['a', 'b']);
    expectRequests(4);
  });

  test('a stall in the middle of a tool call runs nothing of it', async () => {
    const half = asks('x').slice(0, asks('x').indexOf('{\\"text'));
    const { outcome, effects } = await play(hangAfter(half, fixture.keepAlive), 2, { nextTokenMs: 500 });
    expect(outcome).toEqual({ kind: 'completed', output: 'done' });
    expect(effects).toEqual(['a', 'b']);
    expectRequests(4);
  });

  if (fixture.isVariant) return;

  test('a reply cut at any byte runs none of its tools; the whole one that follows runs them once', async () => {
    const whole = asks('a');
    let made = 0;
    for (let bytes = 0; bytes < fixture.wholeAt(whole); bytes += 23) {
      const played = await play(cutAfter(whole, bytes), 1);
      expect(played.outcome, `cut after ${bytes} bytes`).toEqual({ kind: 'completed', output: 'done' });
      expect(played.effects, `cut after ${bytes} bytes`).toEqual(['a', 'b']);
      made += played.made;
    }
    expectRequests(made);
  });
}
