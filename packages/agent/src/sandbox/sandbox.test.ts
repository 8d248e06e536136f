import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { watchLoopDelay } from '../testing/loop-delay.ts';
import { createSandbox } from './sandbox.ts';

const sandbox = createSandbox({ childrenAtOnce: 2 });
const impatient = createSandbox({ runMs: 1_000 });
const never = new AbortController().signal;
const run = (code: string) => sandbox.run(code, never);
const valueOf = async (code: string) => (await run(code)).value;

describe('a script', { timeout: 30_000 }, () => {
  test('comes back with what it printed and the value of its last expression', async () => {
    expect(await run('console.log("sum of", [1, 2], { a: 1n }); 1 + 2')).toEqual({
      printed: 'sum of [1, 2] { a: 1n }',
      ok: true,
      value: '3',
    });
  });

  test('may await, at its top and in its last expression', async () => {
    expect(await valueOf('const a = await Promise.resolve(20); async function main() { return a * 2 } main()')).toBe(
      '40',
    );
  });

  test.each([
    ['undefined', 'undefined'],
    ['2n ** 70n', '1180591620717411303424n'],
    ['const a = { b: [] }; a.b.push(a); a', '{ b: [[Circular]] }'],
    ['new Map([["k", new Set([1])]])', 'Map { "k" => Set { 1 } }'],
    ['new Date(0)', '1970-01-01T00:00:00.000Z'],
    ['[1, , Symbol("s"), () => 1]', '[1, <empty>, Symbol(s), [Function anonymous]]'],
    ['let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; o', expect.stringContaining('[Object]')],
  ])('may end in %s', async (code, expected) => {
    expect(await run(code)).toMatchObject({ ok: true, value: expected });
  });

  test.each([
    ['throw new TypeError("bad")', 'TypeError: bad'],
    ['throw { code: 7 }', '{ code: 7 }'],
    ['let x = ;', expect.stringContaining('SyntaxError')],
    ['await new Promise(() => {})', expect.stringContaining('a promise that nothing settles')],
  ])('that fails says why: %s', async (code, expected) => {
    expect(await run(code)).toMatchObject({ ok: false, value: expected });
  });

  test('leaves nothing behind for the next', async () => {
    await run('globalThis.left = 1; Array.prototype.push = null');
    expect(await valueOf('typeof left + typeof [].push')).toBe('undefinedfunction');
  });
});

describe('a hostile script', { timeout: 60_000 }, () => {
  const loop = watchLoopDelay();

  test.each([
    ['an endless loop', 'console.log("before"); for (;;);'],
    [
      'an endless loop in catch and finally',
      'console.log("before"); for (;;) try { for (;;); } catch {} finally { continue }',
    ],
    ['an endless chain of promises', 'console.log("before"); for (;;) await 0'],
    ['a regular expression without end', 'console.log("before"); /(a+)+$/.test("a".repeat(50) + "b")'],
    ['an endless loop while its value is shown', 'console.log("before"); ({ get a() { for (;;); } })'],
  ])('with %s is stopped, and what it printed is kept', async (_name, code) => {
    const reply = await impatient.run(code, never);
    expect(reply).toEqual({ printed: 'before', ok: false, value: 'The script was stopped after 1 s' });
  });

  test.each([
    ['10 GB at once', 'new ArrayBuffer(10e9)'],
    ['1 GB at once', 'new Uint8Array(1e9)'],
    ['a string of 1 GB', '"x".repeat(2 ** 30)'],
    ['memory bit by bit', 'const all = []; for (;;) all.push("x".repeat(1e6) + all.length)'],
    ['recursion without end', 'function f() { return f() + 1 } f()'],
    ['recursion in native code', 'let o = {}; for (let i = 0; i < 2e5; i++) o = { o }; JSON.stringify(o).length'],
  ])('that wants %s is refused it', async (_name, code) => {
    const reply = await run(code);
    expect(reply.ok).toBe(false);
    expect(reply.value).toMatch(/memory|invalid .*length|call stack/);
  });

  test('that prints or returns far too much is cut', async () => {
    const printed = await run('for (let i = 0; i < 1e4; i++) console.log("\\u0001".repeat(1e3))');
    expect(printed.printed.length).toBeLessThan(300_000);
    expect(printed.printed).toMatch(/printed more; the rest is dropped\]$/);
    expect((await run('"\\u0001".repeat(3e7)')).value.length).toBeLessThan(300_000);
  });

  test.each([
    'typeof process + typeof require + typeof fetch + typeof setTimeout + typeof WebAssembly + typeof module + typeof print',
    'Function("return typeof process")()',
    'constructor.constructor("return typeof process")()',
    'console.log.constructor("return typeof process")()',
    '(async () => {}).constructor("return typeof process")()',
    'Object.getPrototypeOf(function* () {}).constructor("yield typeof process")().next().value',
    'try { null.x } catch (error) { error.constructor.constructor("return typeof process")() }',
    'Error.prepareStackTrace = (_, sites) => sites; let at; try { null.x } catch (error) { at = error.stack } typeof at?.[0]?.getThis?.()?.process',
  ])('does not reach the host by %s', async (code) => {
    expect(await valueOf(code)).toMatch(/^(undefined)+$/);
  });

  test('would reach it in a VM of Node', () => {
    expect(runInNewContext('constructor.constructor("return typeof process")()')).toBe('object');
  });

  test.each(['await import("node:fs")', 'await import("./child.ts")', 'import("/etc/passwd")', 'import.meta.url'])(
    'cannot load anything by %s',
    async (code) => {
      expect(await run(code)).toMatchObject({ ok: false, value: expect.stringMatching(/could not load|SyntaxError/) });
    },
  );

  test.each([
    'Object.prototype.then = (resolve) => resolve("taken"); ({ a: 1 })',
    'Function.prototype.call = () => "taken"; Array.prototype.join = () => "taken"; ({ a: 1 })',
    'JSON.stringify = () => { throw 1 }; Object.keys = () => ["taken"]; String.prototype.toString = null; ({ a: 1 })',
    'Object.defineProperty(Object.prototype, "value", { get() { return "taken" } }); ({ a: 1 })',
    'JSON.parse(\'{"__proto__": {"ok": false}, "a": 1}\')',
  ])('that turns the built-in prototypes against us spoils at most its own output: %s', async (code) => {
    const reply = await run(code);
    expect(Object.keys(reply)).toEqual(['printed', 'ok', 'value']);
    expect(typeof reply.value).toBe('string');
    expect(await valueOf('1 + 1')).toBe('2');
  });

  test('is killed at once when its call is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const slow = createSandbox({ runMs: 600_000 });
    const reply = slow.run('for (;;);', controller.signal);
    setTimeout(() => controller.abort(reason), 300);
    await expect(reply).rejects.toBe(reason);
  });

  test('waits for its turn when all children are busy, and gives its place up when aborted', async () => {
    const one = createSandbox({ childrenAtOnce: 1 });
    const controller = new AbortController();
    const first = one.run('let n = 0; while (n < 1e6) n++; "first"', never);
    const second = one.run('"second"', controller.signal);
    const third = one.run('"third"', never);
    controller.abort(new Error('cancelled'));
    await expect(second).rejects.toThrow('cancelled');
    expect([(await first).value, (await third).value]).toEqual(['first', 'third']);
  });

  test('never held this process up', async () => {
    const { p99Ms, maxMs } = await loop.stop('JavaScript is attacked');
    expect(p99Ms).toBeLessThan(maxMs);
  });
});
