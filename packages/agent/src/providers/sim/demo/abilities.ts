/** What `sim/demo` says it can do. */
export const ABILITIES =
  'arithmetic in words or signs, dates and times, unit conversions, number sequences such as primes, ' +
  'small text and list operations, fetching a URL, running a JavaScript snippet, and calling a tool by its name';
