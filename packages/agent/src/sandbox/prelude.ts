/**
 * Runs inside the VM before the user's code: gives it a `console`, and gives us a way to show any value as text.
 * It stays inside because only there a Map, a Date or a getter is what it looks like, and because whatever it costs to
 * show a hostile value is then paid within the VM's limits. It keeps its own references to what it uses, so that code
 * which changes the built-in prototypes spoils at most its own output.
 */
export const PRELUDE = `(function (print) {
  'use strict';
  const call = Function.prototype.call.bind(Function.prototype.call);
  const { keys, getPrototypeOf } = Object;
  const { isArray } = Array;
  const { stringify } = JSON;
  const str = String;
  const [toISO, join, mapForEach, setForEach] =
    [Date.prototype.toISOString, Array.prototype.join, Map.prototype.forEach, Set.prototype.forEach];
  const [DateType, MapType, SetType, ErrorType, RegExpType, PromiseType] = [Date, Map, Set, Error, RegExp, Promise];
  const isView = ArrayBuffer.isView;
  const MAX_DEPTH = 8, MAX_ITEMS = 1000;

  function show(value, depth, above) {
    if (typeof value === 'string') return depth === 0 ? value : stringify(value);
    if (typeof value === 'bigint') return str(value) + 'n';
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
      return typeof value === 'number' && 1 / value === -Infinity ? '-0' : str(value);
    }
    if (typeof value === 'function') return '[Function ' + (value.name || 'anonymous') + ']';
    if (value instanceof ErrorType) return str(value.name) + ': ' + str(value.message);
    if (value instanceof DateType) return isNaN(value) ? 'Invalid Date' : call(toISO, value);
    if (value instanceof RegExpType) return str(value);
    if (value instanceof PromiseType) return '[Promise]';
    for (let up = above; up; up = up.above) if (up.value === value) return '[Circular]';
    if (depth >= MAX_DEPTH) return isArray(value) ? '[Array]' : '[Object]';
    const here = { value, above };
    const items = [];
    let more = 0;
    const add = (text) => { if (items.length < MAX_ITEMS) items[items.length] = text(); else more += 1; };
    const inner = (item) => show(item, depth + 1, here);
    let open = '{', close = '}', name = '';
    if (isArray(value) || isView(value)) {
      open = '['; close = ']';
      for (let i = 0; i < value.length && i <= MAX_ITEMS; i += 1) add(() => (i in value ? inner(value[i]) : '<empty>'));
      if (value.length > MAX_ITEMS) more = value.length - MAX_ITEMS;
    } else if (value instanceof MapType) {
      name = 'Map ';
      call(mapForEach, value, (item, key) => add(() => inner(key) + ' => ' + inner(item)));
    } else if (value instanceof SetType) {
      name = 'Set ';
      call(setForEach, value, (item) => add(() => inner(item)));
    } else {
      const prototype = getPrototypeOf(value);
      const type = prototype && prototype.constructor && prototype.constructor.name;
      if (type && type !== 'Object') name = type + ' ';
      for (const key of keys(value)) {
        add(() => (/^[A-Za-z_$][\\w$]*$/.test(key) ? key : stringify(key)) + ': ' + inner(value[key]));
      }
    }
    if (more > 0) items[items.length] = '... ' + more + ' more';
    const list = call(join, items, ', ');
    return name + open + (open === '{' && list ? ' ' + list + ' ' : list) + close;
  }
  const log = (...values) => {
    let line = '';
    for (let i = 0; i < values.length; i += 1) line += (i ? ' ' : '') + show(values[i], 0, null);
    print(line);
  };
  globalThis.console = { log, info: log, warn: log, error: log, debug: log };
  return (value) => show(value, 0, null);
})`;
