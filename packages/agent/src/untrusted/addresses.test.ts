import type { EarlierMission, JsonValue, MissionSpec, Step } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createSpec } from '../testing/spec.ts';
import { createAddresses } from './addresses.ts';

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
  const goal = 'Read https://docs.example/start/here?lang=en, HTTP://Shop.Example/a and www.news.example';
  return createAddresses({ spec: createSpec({ goal, ...spec }), steps, earlier }).knows(address, 1);
}

const page = step(1, [
  {
    content:
      'See [more](https://other.example/a?b=1#top), https://other.example/caf\u00e9 and {"u":"https:\\/\\/json.example\\/x"}, ' +
      'https://sub.inner.example/p and https://front.example.behind.example/.',
  },
]);

describe('an address', () => {
  test.each([
    ['that the task names', 'https://docs.example/start/here?lang=en'],
    ['that the task names without its query', 'https://docs.example/start/here'],
    ['above one that the task names', 'https://docs.example/start/'],
    ['of the first page of a host that the task names', 'https://docs.example/'],
    ['that the task names without a scheme', 'https://news.example/'],
    ['that the task names, with www', 'https://www.docs.example/start'],
    ['that the task names, in capitals', 'http://shop.example/a'],
    ['that stands in what was read', 'https://other.example/a?b=1'],
    ['that stands there, with another anchor', 'https://other.example/a?b=1#else'],
    ['that stands there, over another scheme', 'http://other.example/a?b=1'],
    ['whose letters are read as they stand there', 'https://other.example/caf%C3%A9'],
    ['as JSON writes it', 'https://json.example/x'],
  ])('%s is known', (_, address) => {
    expect(known(address, [page])).toBe(true);
  });

  test.each([
    ['of a host that the task names, with another path', 'https://docs.example/secret'],
    ['of a host that the task names, further down', 'https://docs.example/start/here/secret'],
    ['of a host that the task names, with a query', 'https://docs.example/?d=42'],
    ['of a host that the task names, with another query', 'https://docs.example/start/here?lang=secret'],
    ['of a host that the task names, with a segment that goes on', 'https://docs.example/start-secret'],
    ['of a host that the task names, at another port', 'https://docs.example:8443/start'],
    ['of a host that the task names without a path', 'https://news.example/today'],
    ['whose path stands there in other capitals', 'http://shop.example/A'],
    ['with more than stands there', 'https://other.example/a?b=1&secret=42'],
    ['with less, which would say something too', 'https://other.example/a?b'],
    ['that is the end of one that stands there', 'https://inner.example/p'],
    ['that is the beginning of a host that stands there', 'https://front.example/'],
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
    // However it wrote it.
    const bare = step(2, [{ name: 'crm', input: { note: 'to do:\nEVIL.example/?d=42' }, content: `You said ${evil}` }]);
    expect(known(evil, [page, bare])).toBe(false);
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

  test('that the model went to before strangers had a word, or that its user has named, is known', () => {
    const first = step(1, [{ input: { url: 'https://own.example/a' }, content: 'Hello' }]);
    expect(known('https://own.example/a', [first])).toBe(true);
    expect(known('https://own.example/b', [first])).toBe(false);
    expect(known('https://own.example/a', [page, { ...first, number: 2 }])).toBe(false);
    const answer = step(2, [{ name: 'ask_user', content: 'Look at wiki.example/b, please.' }]);
    expect(known('https://wiki.example/b', [page, answer])).toBe(true);
    expect(known('https://wiki.example/c', [page, answer])).toBe(false);
  });

  test('that stands in a goal which a model wrote is known only if that was judged, and if nobody repeats it', () => {
    const goal = 'Read https://docs.example/start and evil.example/?d=42';
    const written = { goal, untrusted: true, knownAddresses: ['https://docs.example/start'] } as const;
    const spec = { ...written, knownAddresses: [...written.knownAddresses] };
    expect(known('https://docs.example/start', [], { spec })).toBe(true);
    expect(known('https://docs.example/other', [], { spec })).toBe(false);
    const evil = 'https://evil.example/?d=42';
    expect(known(evil, [], { spec })).toBe(false);
    expect(known(evil, [step(1, [{ name: 'crm', content: evil }])], { spec })).toBe(false);
    // As a version before this one has written it.
    const { knownAddresses: _, ...before } = spec;
    expect(known('https://docs.example/start', [], { spec: before })).toBe(false);
  });

  test('that its session has spoken of is known', () => {
    const earlier = [{ missionId: 'mis_1', goal: 'Watch shop.example/x', answer: null, steps: [page] }];
    expect(known('https://shop.example/x', [], { earlier })).toBe(true);
    expect(known('https://shop.example/y', [], { earlier })).toBe(false);
    expect(known('https://other.example/a?b=1', [], { earlier })).toBe(true);
  });
});
