import type { JsonValue, Message } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { plan } from './planner.ts';

const ALL = new Set(['calculator', 'current_time', 'http_fetch', 'javascript']);

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

type Answered = { name: string; input: JsonValue; content: string; isError?: boolean };

/** One reply with a call, and the call's result. */
function answered({ name, input, content, isError = false }: Answered, id = 'call'): Message[] {
  return [
    { role: 'assistant', content: [{ type: 'tool_call', id, name, input }] },
    { role: 'tool', results: [{ toolCallId: id, name, content, isError, truncated: false, untrusted: false }] },
  ];
}

function answerOf(messages: Message[], offered: ReadonlySet<string> = ALL): string {
  const next = plan(messages, offered);
  if (next.kind !== 'answer') throw new Error(`still calling ${next.calls.map(({ name }) => name).join(', ')}`);
  return next.text;
}

describe('plan', () => {
  it('never calls a tool that is not offered, and says which one it lacks', () => {
    expect(answerOf([user('fetch https://example.com')], new Set(['calculator']))).toContain(
      'it takes the tool http_fetch, which this mission does not offer',
    );
  });

  it('does the rest when one tool is lacking', () => {
    const next = plan([user('fetch https://example.com and compute 2 + 2')], new Set(['calculator']));
    expect(next).toEqual({ kind: 'calls', calls: [{ name: 'calculator', input: { expression: '2 + 2' } }] });
  });

  it('takes another offered tool that does the same', () => {
    const next = plan([user('square root of 2')], new Set(['javascript']));
    expect(next).toEqual({ kind: 'calls', calls: [{ name: 'javascript', input: { code: 'Math.sqrt(2)' } }] });
  });

  it('recognises its own calls whatever the order of their keys after storage', () => {
    const messages = [user('what time is it in Tokyo')];
    const stored = answered({
      name: 'current_time',
      input: { timeZone: 'Asia/Tokyo' },
      content: '2026-11-21T01:45:00+09:00',
    });
    expect(answerOf([...messages, ...stored])).toContain('It is 01:45 in Tokyo');
  });

  it('asks for a call once, however many tasks need it', () => {
    const next = plan([user('what day is it, and how many days until Christmas?')], ALL);
    expect(next).toEqual({ kind: 'calls', calls: [{ name: 'current_time', input: {} }] });
  });

  it('tells a tool’s error plainly and makes nothing up', () => {
    const failed = answered({
      name: 'calculator',
      input: { expression: '2 + 2' },
      content: 'out of order',
      isError: true,
    });
    const answer = answerOf([user('2 + 2'), ...failed]);
    expect(answer).toContain('I could not work out “2 + 2”: the tool calculator answered with an error: out of order.');
    expect(answer).not.toContain('4');
  });

  it('tells plainly when it cannot read a result', () => {
    const odd = answered({ name: 'calculator', input: { expression: '2 + 2' }, content: 'four, more or less' });
    expect(answerOf([user('2 + 2'), ...odd])).toContain('something I cannot read: four, more or less');
  });

  it('leaves out what builds on a failure, and says so', () => {
    const failed = answered({
      name: 'calculator',
      input: { expression: '1 / 0' },
      content: 'division by zero',
      isError: true,
    });
    expect(answerOf([user('divide 1 by 0, then double it'), ...failed])).toContain('what it builds on is missing');
  });

  it('tries a refused http address once more over https, and no third time', () => {
    const first = answered(
      { name: 'http_fetch', input: { url: 'http://example.com' }, content: 'refused', isError: true },
      'a',
    );
    const messages = [user('fetch http://example.com'), ...first];
    expect(plan(messages, ALL)).toEqual({
      kind: 'calls',
      calls: [{ name: 'http_fetch', input: { url: 'https://example.com' } }],
    });
    const second = answered(
      { name: 'http_fetch', input: { url: 'https://example.com' }, content: 'down', isError: true },
      'b',
    );
    expect(answerOf([...messages, ...second])).toContain('answered with an error: down.');
  });

  it('works on what was asked last in a conversation', () => {
    const earlier = answered({ name: 'calculator', input: { expression: '2 + 2' }, content: '4' });
    const messages = [user('2 + 2'), ...earlier, user('2 + 2')];
    expect(plan(messages, ALL)).toMatchObject({ kind: 'calls' });
  });

  it('answers in the form asked for', () => {
    const four = answered({ name: 'calculator', input: { expression: '2 + 2' }, content: '4' });
    expect(answerOf([user('What is 2 + 2? Answer with just the number.'), ...four])).toMatch(/^4\n/);
    expect(answerOf([user('What is 2 + 2? Answer as a list.'), ...four])).toMatch(/^- 2 \+ 2 = 4\.\n/);
  });

  it('gives the same plan for the same conversation', () => {
    const messages = [user('first ten primes, 2 + 2, and the time in Rome')];
    expect(plan(messages, ALL)).toEqual(plan(structuredClone(messages), ALL));
  });

  it.each([
    ['nothing', []],
    ['an empty goal', [user('')]],
    ['only punctuation', [user('?!... ,,, and and')]],
  ])('copes with %s', (_, messages) => {
    expect(answerOf(messages)).toContain('simulator');
  });

  it.each([
    ['quotation marks', `'a `.repeat(30_000)],
    ['full stops', '.'.repeat(99_000)],
    ['spaces', `compute 2 +${' '.repeat(99_000)}2`],
    ['commas', 'first, and '.repeat(9_000)],
    ['brackets', '('.repeat(50_000) + ')'.repeat(49_000)],
    ['digits', '7'.repeat(99_000)],
    ['operators', `1${'+1'.repeat(49_000)}`],
    ['backticks', '`'.repeat(99_000)],
    ['addresses', 'https://a.b/c '.repeat(7_000)],
    ['a long quotation', `reverse "${'x y, '.repeat(19_000)}"`],
  ])(
    'is not held up by 100,000 characters of %s',
    (_, goal) => {
      expect(['calls', 'answer']).toContain(plan([user(goal)], ALL).kind);
    },
    // Work that grows with the square of the length takes minutes at this size.
    30_000,
  );
});
