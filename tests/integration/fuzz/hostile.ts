/** Text that Postgres cannot hold, wherever it stands. */
export const UNSTORABLE = ['\0', 'a\0b', '\ud800', 'a\udc00b', '\udfff\ud800'] as const;

/** Keys that lead into prototypes; refused at any depth. */
export const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype'] as const;

/** Moments and days that are none, or none to everybody. */
export const DATES: readonly string[] = [
  '0000-00-00',
  '0000-01-01',
  '9999-12-31',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '+275760-09-13T00:00:00Z',
  '2026-02-30T25:61:61Z',
  '1969-12-31T23:59:59Z',
];

/** Text with a meaning to somebody: a shell, a template, a database, a terminal, a browser, a log, a path. */
export const STRINGS: readonly string[] = [
  ...UNSTORABLE,
  ...DATES,
  '',
  ' ',
  '\t\r\n',
  'x\r\nSet-Cookie: a=b',
  '\u0007\u001b[2J',
  '\u202eabc',
  '\u200b\u2028\u2029\ufeff',
  '\ufffe\uffff',
  `e${'\u0301'.repeat(1_000)}`,
  '👩‍👩‍👧',
  '％００',
  '../../etc/passwd',
  'C:\\windows\\system32',
  'file:///etc/passwd',
  'http://127.0.0.1:1/',
  'https://[::ffff:169.254.169.254]/',
  '{{7*7}}',
  // oxlint-disable-next-line no-template-curly-in-string -- somebody's template, not ours
  '${7*7}',
  '<script>alert(1)</script>',
  "=cmd|'/C calc'!A0",
  '%s%n%x',
  '$(id) `id` ;ls',
  `${'a'.repeat(50_000)}!`,
  `' OR 1=1--`,
  '";drop table missions;--',
  'ʼ OR pg_sleep(10)--',
  '\\',
  '%',
  '_',
  '$1',
  '::int',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  'length',
  '1',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  'true',
  'null',
  '2147483648',
  '9007199254740993',
  '00000000-0000-0000-0000-000000000000',
  'mis_',
  `mis_${'0'.repeat(32)}`,
  `ses_${'f'.repeat(32)}`,
  `ans_${'0'.repeat(32)}`,
  'a:b',
  '{}',
  '*',
];

/** Segments of a path, encoded as they are sent. */
export const SEGMENTS: readonly string[] = [
  '%00',
  '%C0%80',
  '%ED%A0%80',
  '%ZZ',
  '%',
  '..%2f..%2fetc%2fpasswd',
  '%0d%0aSet-Cookie:%20x=1',
  '%E2%80%AE',
  '.',
  'A'.repeat(4_000),
];

/** JSON that no text of ours would be, in the place of a value. `@@…@@` stands in the body without its quotes. */
export const RAW_NUMBERS = ['@@1e400@@', '@@-1e400@@', '@@9007199254740993@@', '@@1e200000@@'] as const;

/** Values of every type, for where another type belongs. */
export const VALUES: readonly (readonly [type: string, value: unknown])[] = [
  ['null', null],
  ['boolean', true],
  ['boolean', false],
  ['number', 1.5],
  ['number', -1.5],
  ['integer', 1e15],
  ['integer', 1],
  ['integer', 0],
  ['integer', -0],
  ['integer', -2_147_483_649],
  ['string', 'x'],
  ['string', '1'],
  ['string', ''],
  ['array', []],
  ['array', [null]],
  ['array', ['x']],
  ['array', [[[[]]]]],
  ['object', {}],
  ['object', { x: 1 }],
  ['object', Object.fromEntries(['then', 'length', 'toString', 'hasOwnProperty'].map((name) => [name, 1]))],
];

/** Bodies that are refused whatever the schema is. */
export const BODIES: readonly string[] = [
  '{',
  '{"a":1,}',
  '{"a":1}{"b":2}',
  '{"a":1}/**/',
  '\ufeff{}',
  '{"a":NaN}',
  '{"a":1,"a":2}',
  '{"__\\u0070roto__":1}',
  'null',
  'true',
  '1',
  '"x"',
  '[]',
  '[{}]',
  ' '.repeat(1_000),
  '['.repeat(100_000),
  `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`,
];

export const CONTENT_TYPES: readonly string[] = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-7',
  'application/json, text/plain',
  'application/jsonx',
];
