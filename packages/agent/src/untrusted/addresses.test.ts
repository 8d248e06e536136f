import type { Answered, EarlierMission, JsonValue, MissionSpec, Step } from '@flotilla/core';
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

type Told = { spec?: Partial<MissionSpec>; earlier?: EarlierMission[]; answers?: Answered[] };

function known(address: string, steps: Step[], { spec = {}, earlier = [], answers = [] }: Told = {}): boolean {
  const goal = 'Read https://docs.example/start/here?lang=en, HTTP://Shop.Example/a and www.news.example';
  return createAddresses({ spec: createSpec({ goal, ...spec }), steps, earlier, answers }).knows(address, 1);
}

const page = step(1, [
  {
    content:
      'See [more](https://other.example/a?b=1#top), https://other.example/caf\u00e9 and {"u":"https:\\/\\/json.example\\/x"}, ' +
      'https://sub.inner.example/p, lib/inner.example/p and https://front.example.behind.example/.',
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

  test.each([
    ['in the next field of JSON', '{"site":"https://evil.example/","note":"pin 1234"}', '%22,%22note%22:%22pin%201234'],
    [
      'in the next field of JSON in JSON',
      '{\\"site\\":\\"https:\\/\\/evil.example\\/\\",\\"pin\\":1234}',
      '%22,%22pin%22:1234',
    ],
    ['in the next field of JSON, with backslashes', '"https://evil.example/\\",\\"pin 1234', '%5C%22,%5C%22pin%201234'],
    ['in the next field of JSON, read as slashes', '"https://evil.example/\\",1234', '/%22,1234'],
    ['in the next line', 'site: https://evil.example/\ninternal: pin 1234', '%0Ainternal:%20pin%201234'],
    ['in the next line of JSON', '"https://evil.example/\\npin"', 'npin'],
    ['in the next line of JSON, escaped', '"https://evil.example/\\u000apin"', 'u000apin'],
    ['in the next field of CSV', 'Evil,https://evil.example/,42424242,1234', ',42424242,1234'],
    ['in the next field of CSV, escaped', 'Evil,https://evil.example/,42424242,1234', '%2C42424242%2C1234'],
    ['behind a tab', 'https://evil.example/\t1234', '%091234'],
    ['behind a semicolon', 'https://evil.example/;1234', ';1234'],
    ['behind a bar', 'https://evil.example/|1234', '|1234'],
    ['behind a single quotation mark', "'https://evil.example/','1234'", "','1234'"],
    ['behind an entity', '&quot;https://evil.example/&quot;,&quot;1234', '&quot;,&quot;1234'],
    ['behind a mark of HTML', '<a>https://evil.example/</a>1234', '%3C/a%3E1234'],
    ['behind a link', '[x](https://evil.example/) 1234', ')%201234'],
    ['in brackets', 'https://evil.example/(1234)', '(1234)'],
    ['in braces', 'https://evil.example/{1234}', '%7B1234%7D'],
    ['in the next field of a form', 'site=https://evil.example/&pin=1234', '&pin=1234'],
    ['behind the colon that was before it', 'evil:https://evil.example/:1234', ':1234'],
    ['behind the sign that was before it', 'evil~https://evil.example/~1234', '~1234'],
    ['behind a sign that nobody sees', 'https://evil.example/\u001f1234', '%1F1234'],
    ['behind a point of another script', 'https://evil.example/\uff0c1234', '%EF%BC%8C1234'],
    ['in words without blanks', 'https://evil.example/\u5bc6\u78011234', '%E5%AF%86%E7%A0%811234'],
    ['in the next word', 'https://evil.example/ hunter2', '%20hunter2'],
    ['in the next word, after a sign', 'https://evil.example/ hunter2', '+hunter2'],
  ])('is not known with what stands %s', (_, content, more) => {
    const record = step(1, [{ name: 'crm', content }]);
    expect(known(`https://evil.example/${more}`, [record])).toBe(false);
    expect(known('https://evil.example/', [record])).toBe(true);
    expect(known(`https://evil.example/${more}`, [], { spec: { goal: content } })).toBe(false);
  });

  test.each([
    ['at the end of a sentence', 'See https://other.example/a/b?c=1.'],
    ['in brackets, in a sentence', 'This (https://other.example/a/b?c=1), too'],
    ['in quotation marks', "'https://other.example/a/b?c=1', 'x'"],
    ['in JSON', '{"a":"https://other.example/a/b?c=1","b":2}'],
    ['in JSON with slashes escaped', '{"a":"https:\\/\\/other.example\\/a\\/b?c=1"}'],
    ['in JSON in JSON', '"{\\"a\\":\\"https://other.example/a/b?c=1\\"}"'],
    ['in a link', '[x](https://other.example/a/b?c=1)'],
    ['in angle brackets', '<https://other.example/a/b?c=1>'],
    ['in bold', '**https://other.example/a/b?c=1**'],
    ['in code', '`https://other.example/a/b?c=1`'],
    ['in a table', '|x|https://other.example/a/b?c=1|y|'],
    ['in CSV', 'x,https://other.example/a/b?c=1,y'],
    ['in HTML', '<a href="https://other.example/a/b?c=1">'],
    ['in HTML as text', 'href=&quot;https://other.example/a/b?c=1&quot;'],
    ['behind a sign', 'url=https://other.example/a/b?c=1'],
    ['in words without blanks', '\u89c1https://other.example/a/b?c=1\u3002\u518d\u89c1'],
    ['without a scheme, in words without blanks', '\u89c1other.example/a/b?c=1\uff0c\u518d\u89c1'],
    ['with an anchor', 'https://other.example/a/b?c=1#top'],
    ['with dots that lead on', 'https://other.example/a/b?c=1\u2026'],
  ])('that stands %s is known, and so are the pages above it', (_, content) => {
    const record = step(1, [{ name: 'crm', content }]);
    for (const path of ['a/b?c=1', 'a/b', 'a/', '']) {
      expect(known(`https://other.example/${path}`, [record])).toBe(true);
    }
    for (const path of ['a/b?c=', 'a/b?c=12', 'b', 'a/b/c']) {
      expect(known(`https://other.example/${path}`, [record])).toBe(false);
    }
  });

  test.each([
    ['as JSON has it', '{"a":"https://other.example/a?b=1\\u0026c=2"}'],
    ['as HTML has it', '<loc>https://other.example/a?b=1&amp;c=2</loc>'],
  ])('with an ampersand %s is known as it is called', (_, content) => {
    expect(known('https://other.example/a?b=1&c=2', [step(1, [{ name: 'crm', content }])])).toBe(true);
  });

  test('with commas or brackets is known where a page links to it, a search finds it or a redirect leads there', () => {
    const odd = "https://other.example/Rock_'n'_Roll_(song),1.html";
    const redirect = `HTTP 302\nurl: https://docs.example/\nlocation: ${odd}\nredirect: not followed`;
    expect(known(odd, [step(1, [{ content: `See [more](${odd}).` }])])).toBe(true);
    expect(known(odd, [step(1, [{ content: redirect }])])).toBe(true);
    expect(known(odd, [step(1, [{ name: 'web_search', content: `1. A song\n${odd}\nIt rocks` }])])).toBe(true);
    // Of whatever else it cannot be told where the address ends.
    for (const content of [odd, redirect, `[more](${odd})`]) {
      expect(known(odd, [step(1, [{ name: 'crm', content }])])).toBe(false);
    }
    expect(known(odd, [step(1, [{ content: `a page\n${redirect}` }])])).toBe(false);
    // Nor is it for being repeated.
    const asked = step(1, [{ name: 'web_search', input: { query: odd }, content: `1. You asked\n${odd}\n` }]);
    expect(known(odd, [page, { ...asked, number: 2 }])).toBe(false);
  });

  test('that somebody names who rejects a call, or has it made with other arguments, is known', () => {
    const pay = 'https://ours.example/pay';
    const rejected = step(2, [{ name: 'pay', content: `This call was rejected: use ${pay}`, isError: true }]);
    const answer = (given: JsonValue, kind: Answered['kind'] = 'approval'): Answered[] => [
      { kind, step: 2, index: 0, answer: given, expired: false, argumentsHash: null },
    ];
    const message = { decision: 'rejected', message: `use ${pay}` };
    expect(known(pay, [page, rejected], { answers: answer(message) })).toBe(true);
    expect(known(pay, [page], { answers: answer({ decision: 'approved', arguments: { to: pay } }) })).toBe(true);
    expect(known(`${pay}/1`, [page, rejected], { answers: answer(message) })).toBe(false);
    // A result says so, and nobody has.
    expect(known(pay, [page, rejected])).toBe(false);
    expect(known(pay, [page, rejected], { answers: answer(message, 'tool') })).toBe(false);
  });

  test('that stands in a question which was not put is not known', () => {
    const content = 'The arguments are not valid:\nUnrecognized key: "https://evil.example/?d=42"';
    expect(known('https://evil.example/?d=42', [page, step(2, [{ name: 'ask_user', content, isError: true }])])).toBe(
      false,
    );
  });

  test('is looked up: what was said is gone through once, however many are asked about', () => {
    let reads = 0;
    const steps = Array.from({ length: 100 }, (_, index) => {
      const made = step(index + 1, [{ content: `https://other.example/${index}` }]);
      for (const { result } of made.toolCalls) {
        const content = result?.content;
        if (result) Object.defineProperty(result, 'content', { get: () => ((reads += 1), content) });
      }
      return made;
    });
    const addresses = createAddresses({ spec: createSpec(), steps, earlier: [] });
    for (let asked = 0; asked < 1_000; asked++) {
      expect(addresses.knows(`https://other.example/${asked}`, 1)).toBe(asked < 100);
    }
    expect(reads).toBe(100);
  });
});
