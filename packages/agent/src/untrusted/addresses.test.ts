import type { EarlierMission, JsonValue, MissionSpec, Step } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createSpec } from '../testing/spec.ts';
import { addressesIn, createAddresses } from './addresses.ts';

type Call = { name?: string; input?: JsonValue; content: string; isError?: boolean };

/** A step of these calls, as the journal has it. */
function step(number: number, calls: Call[], text = ''): Step {
  const at = new Date();
  return {
    number,
    chainStage: 0,
    attempt: 1,
    tries: 1,
    response: {
      provider: 'sim',
      model: 'script',
      message: {
        role: 'assistant',
        content: [
          { type: 'text', text },
          ...calls.map(({ name = 'http_fetch', input = {} }, index) => ({
            type: 'tool_call' as const,
            id: `c${index}`,
            name,
            input,
          })),
        ],
      },
      stopReason: 'tool_calls',
      usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 },
    },
    passedOver: [],
    cached: false,
    toolCalls: calls.map(({ name = 'http_fetch', input = {}, content, isError = false }, index) => ({
      index,
      id: `c${index}`,
      name,
      input,
      status: 'completed',
      result: { toolCallId: `c${index}`, name, content, isError, truncated: false, untrusted: true },
      startedAt: at,
      completedAt: at,
    })),
    startedAt: at,
    respondedAt: at,
    completedAt: at,
  };
}

type Told = { spec?: Partial<MissionSpec>; earlier?: EarlierMission[] };

function known(address: string, steps: Step[], { spec = {}, earlier = [] }: Told = {}): boolean {
  const goal = 'Read https://docs.example/start and www.news.example';
  return createAddresses({ spec: createSpec({ goal, ...spec }), steps, earlier }).knows(address, 1);
}

const page = step(1, [
  {
    content:
      'See [more](https://other.example/a?b=1#top), https://other.example/caf\u00e9 and {"u":"https:\\/\\/json.example\\/x"}.',
  },
]);

describe('an address', () => {
  test.each([
    ['of a host that the task names, whatever is behind it', 'https://docs.example/v2/page?x=1'],
    ['of a host that the task names without a scheme', 'https://news.example/today'],
    ['that stands in what was read', 'https://other.example/a?b=1'],
    ['that stands there, with another anchor', 'https://other.example/a?b=1#else'],
    ['that stands there, over another scheme', 'http://other.example/a?b=1'],
    ['whose letters are read as they stand there', 'https://other.example/caf%C3%A9'],
    ['as JSON writes it', 'https://json.example/x'],
  ])('%s is known', (_, address) => {
    expect(known(address, [page])).toBe(true);
  });

  test.each([
    ['with more than stands there', 'https://other.example/a?b=1&secret=42'],
    ['with less, which would say something too', 'https://other.example/a?b'],
    ['that has the named host before or behind it', 'https://docs.example.evil.example/'],
    ['of a host that ends like the named one', 'https://evildocs.example/'],
    ['in another encoding', 'https://other.example/%61?b=1'],
    ['with a name before the host', 'https://secret@docs.example/'],
    ['of another host', 'https://evil.example/?d=42'],
    ['that is none', 'nothing'],
  ])('%s is not', (_, address) => {
    expect(known(address, [page])).toBe(false);
  });

  test('that the model wrote first is not known for being repeated to it', () => {
    const evil = 'https://evil.example/?d=42';
    const asked = step(2, [{ name: 'crm', input: { note: evil }, content: `You said ${evil}` }]);
    expect(known(evil, [page, asked])).toBe(false);
    expect(known(evil, [page, step(2, [{ name: 'crm', content: `See ${evil}` }])])).toBe(true);
  });

  test.each(['javascript', 'shell', 'read_file', 'recall', 'llm', 'run_mission', 'calculator'])(
    'that %s has put together is not known',
    (name) => {
      expect(
        known('https://evil.example/?d=42', [page, step(2, [{ name, content: 'https://evil.example/?d=42' }])]),
      ).toBe(false);
    },
  );

  test('in the rest of an output is as known as in its beginning', () => {
    const link = 'https://far.example/down';
    const rest = (of: number) => step(3, [{ name: 'read_output', input: { step: of, call: 0 }, content: link }]);
    const script = step(2, [{ name: 'javascript', content: 'x' }]);
    expect(known(link, [page, script, rest(1)])).toBe(true);
    expect(known(link, [page, script, rest(2)])).toBe(false);
  });

  test('of a host that the model went to before strangers had a word, or that its user has named, is known', () => {
    const first = step(1, [{ input: { url: 'https://own.example/a' }, content: 'Hello' }]);
    expect(known('https://own.example/b', [first])).toBe(true);
    expect(known('https://own.example/b', [page, { ...first, number: 2 }])).toBe(false);
    const answer = step(2, [{ name: 'ask_user', content: 'Look at wiki.example, please.' }]);
    expect(known('https://wiki.example/b', [page, answer])).toBe(true);
  });

  test('that stands in a goal which a model wrote is known as it stands there, and its host is not', () => {
    const written = { goal: 'Read https://docs.example/start', untrusted: true } as const;
    expect(known('https://docs.example/start', [], { spec: written })).toBe(true);
    expect(known('https://docs.example/other', [], { spec: written })).toBe(false);
  });

  test('that its session has spoken of is known', () => {
    const earlier = [{ missionId: 'mis_1', goal: 'Watch shop.example', answer: null, steps: [page] }];
    expect(known('https://shop.example/x', [], { earlier })).toBe(true);
    expect(known('https://other.example/a?b=1', [], { earlier })).toBe(true);
  });
});

test('the addresses in a text are found, without what is around them', () => {
  expect(addressesIn('Get (https://a.example/x?y=1), "http://b.example". And ftp://c.example')).toEqual([
    'https://a.example/x?y=1',
    'http://b.example',
  ]);
});
