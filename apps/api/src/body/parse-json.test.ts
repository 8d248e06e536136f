import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { BODY_LIMITS } from './body-limits.ts';
import { parseJson } from './parse-json.ts';
import { createSlicer, finish } from './slices.ts';

function problemOf(bytes: Buffer, limits = BODY_LIMITS): ProblemError {
  try {
    finish(parseJson(bytes, limits));
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('it was parsed');
}

describe('parseJson', () => {
  it('gives the value', () => {
    expect(finish(parseJson(Buffer.from(' {"a":[1,"é\\u00e9"]} ')))).toEqual({ a: [1, 'éé'] });
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' '.repeat(100)],
    ['a cut document', '{"goal": "x'],
    ['a trailing comma', '{"goal": "x",}'],
    ['a comment', '{"goal": "x"} // why not'],
    ['NaN', '{"goal": NaN}'],
    ['Infinity', '{"goal": -Infinity}'],
    ['two documents', '{"goal": "x"}{"goal": "y"}'],
    ['single quotes', "{'goal': 'x'}"],
    ['a leading zero', '{"a": 01}'],
    ['a raw control character', '{"goal": "a\u0000b"}'],
    ['a byte order mark', '\ufeff{"goal": "x"}'],
  ])('refuses %s', (_what, text) => {
    expect(problemOf(Buffer.from(text)).code).toBe('invalid_json');
  });

  it.each([
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Buffer.from('{"goal":"x"}', 'utf16le')],
    ['a cut character', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
  ])('refuses %s', (_what, bytes) => {
    expect(problemOf(bytes).code).toBe('invalid_json');
  });

  it('says where, when the parser does', () => {
    expect(problemOf(Buffer.from('{"goal": "x",}')).message).toMatch(/ at position 13\.$/);
  });

  it('does not repeat what was sent', () => {
    expect(problemOf(Buffer.from('{"goal": hunter2}')).message).not.toContain('hunter2');
  });
});

/** A batch of so many missions, of four kilobytes each. */
const batchOf = (missions: number) => ({
  missions: Array.from({ length: missions }, (_, at) => ({
    goal: `${at}: é, ], }, "`.repeat(100),
    tags: ['a', 'b'],
    metadata: Object.fromEntries(Array.from({ length: 20 }, (_each, key) => [`key${key}`, `value ${key}`.repeat(10)])),
  })),
});
const LIMITS = { ...BODY_LIMITS, maxKeys: 100_000 };

describe('a large body', () => {
  const value = batchOf(200);
  const text = JSON.stringify(value);

  it.each<[string, object]>([
    ['a batch', value],
    ['a list with others around', { a: [1], missions: value.missions, b: [2], c: { d: value.missions } }],
    ['lists in a list', { a: [value.missions, value.missions, []] }],
    ['a list that is no field', value.missions],
    ['one long text', { a: ['x'.repeat(300_000)] }],
  ])('is what it would be parsed at once: %s', (_what, body) => {
    const written = JSON.stringify(body, null, 1);
    expect(finish(parseJson(Buffer.from(written), LIMITS))).toEqual(body);
  });

  it.each([
    ['nothing after the last comma', text.replace(/\]\}$/, ',]}')],
    ['nothing between two commas', text.replaceAll('},{"goal"', '},,{"goal"')],
    ['a list that is closed as an object', text.replace(/\]\}$/, '}}')],
    ['a list that is not closed', text.slice(0, -2)],
    ['a second document', `${text}{"a":[]}`],
    ['text behind it', `${text} x`],
    ['a mission that is closed as a list', text.replace(/\}\]\}$/, ']]}')],
    ['two lists in the place of one', text.replaceAll('},{"goal"', '}],[{"goal"')],
  ])('is refused with %s', (_what, broken) => {
    expect(() => JSON.parse(broken)).toThrow(/JSON/);
    expect(problemOf(Buffer.from(broken), LIMITS).code).toBe('invalid_json');
  });

  it('is told where it cannot be parsed, as any other', () => {
    const at = text.lastIndexOf('"metadata":{') + '"metadata":{'.length;
    const { message } = problemOf(Buffer.from(`${text.slice(0, at)},${text.slice(at)}`), LIMITS);
    expect(message).toBe(`The body cannot be parsed at position ${at}.`);
  });

  it('has no step that keeps others waiting for 50 ms, up to the largest there may be', () => {
    const bytes = Buffer.from(JSON.stringify(batchOf(2_250)));
    expect(bytes.length).toBeGreaterThan(7_500_000);
    // Each step at its best of three goes: one may have had to pay for a collection of what others have left.
    const took: number[] = [];
    for (let go = 0; go < 3; go++) {
      const steps = parseJson(bytes, LIMITS);
      for (let step = 0, isDone = false; !isDone; step++) {
        // Of the processor: what others on this machine take of it does not count.
        const before = process.threadCpuUsage();
        isDone = steps.next().done === true;
        const { user, system } = process.threadCpuUsage(before);
        took[step] = Math.min(took[step] ?? Number.POSITIVE_INFINITY, (user + system) / 1_000);
      }
    }
    expect(Math.max(...took)).toBeLessThan(50);
    // Some are looked over and some are parsed.
    expect(took.length).toBeGreaterThan(200);
  });

  it('leaves the event loop to others while it is parsed, and to one large body at a time', async () => {
    const doWithBody = createSlicer();
    // Ten slices and more: a body that a fast machine parses in one of them would leave nothing between.
    const bytes = Buffer.from(JSON.stringify(batchOf(2_250)));
    let [turns, isDone] = [0, false];
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const order: string[] = [];
    const parsed = ['first', 'second'].map(async (name) => {
      await doWithBody(bytes.length, noted(name, order, parseJson(bytes, LIMITS)));
    });
    await Promise.all(parsed);
    isDone = true;
    expect(order.indexOf('second')).toBe(order.lastIndexOf('first') + 1);
    expect(turns).toBeGreaterThan(1);
  });
});

/** The steps, and whose they were. */
function* noted(name: string, order: string[], steps: Generator<void, unknown>) {
  for (;;) {
    order.push(name);
    const step = steps.next();
    if (step.done === true) return step.value;
    yield;
  }
}
