import { BODY_MAX_BYTES } from '@flotilla/core';

type BadBody = { what: string; raw: () => string | Uint8Array; status: number; code: string };

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const invalidJson = { status: 400, code: 'invalid_json' };
const invalidRequest = { status: 422, code: 'invalid_request' };
const forbiddenKey = { status: 400, code: 'forbidden_key' };

/** Bodies that are no mission request, whatever the schema says of their fields. */
export const BAD_BODIES: BadBody[] = [
  { what: 'empty', raw: () => '', ...invalidJson },
  { what: 'one byte', raw: () => '{', ...invalidJson },
  { what: 'null', raw: () => 'null', ...invalidRequest },
  { what: 'true', raw: () => 'true', ...invalidRequest },
  { what: 'a number', raw: () => '1', ...invalidRequest },
  { what: 'a string', raw: () => '"x"', ...invalidRequest },
  { what: 'an array', raw: () => '[{"goal":"x"}]', ...invalidRequest },
  { what: 'an empty object', raw: () => '{}', ...invalidRequest },
  { what: 'cut in the middle', raw: () => '{"goal":"x', ...invalidJson },
  { what: 'two documents', raw: () => '{"goal":"x"}{"goal":"y"}', ...invalidJson },
  { what: 'with a trailing comma', raw: () => '{"goal":"x",}', ...invalidJson },
  { what: 'with a comment', raw: () => '{"goal":"x"}/**/', ...invalidJson },
  { what: 'with a byte order mark', raw: () => '\ufeff{"goal":"x"}', ...invalidJson },
  { what: 'UTF-16', raw: () => Buffer.from('{"goal":"x"}', 'utf16le'), ...invalidJson },
  { what: 'overlong UTF-8', raw: () => Buffer.from('7b22676f616c223a22c080227d', 'hex'), ...invalidJson },
  { what: 'half a surrogate in UTF-8', raw: () => Buffer.from('7b22676f616c223a22eda080227d', 'hex'), ...invalidJson },
  { what: 'Latin-1', raw: () => Buffer.from('{"goal":"é"}', 'latin1'), ...invalidJson },
  { what: 'with NaN', raw: () => '{"goal":NaN}', ...invalidJson },
  { what: 'with Infinity', raw: () => '{"goal":Infinity}', ...invalidJson },
  { what: 'with a raw null byte', raw: () => '{"goal":"a\0b"}', ...invalidJson },
  { what: 'with raw control characters', raw: () => '{"goal":"a\u0007\u001b[2J"}', ...invalidJson },
  { what: 'with the number 1e400', raw: () => '{"goal":"x","priority":1e400}', ...invalidRequest },
  { what: 'with a number beyond 2^53', raw: () => '{"goal":"x","priority":9007199254740993}', ...invalidRequest },
  { what: 'with a repeated key', raw: () => '{"goal":"x","goal":"y"}', ...invalidRequest },
  { what: 'with __proto__', raw: () => '{"goal":"x","__proto__":{"isAdmin":true}}', ...forbiddenKey },
  { what: 'with an escaped __proto__', raw: () => '{"goal":"x","__\\u0070roto__":{}}', ...forbiddenKey },
  { what: 'with constructor deep inside', raw: () => '{"goal":"x","metadata":{"constructor":"y"}}', ...forbiddenKey },
  { what: 'with prototype', raw: () => '{"goal":"x","prototype":1}', ...forbiddenKey },
  { what: '33 levels deep', raw: () => nested(33), status: 400, code: 'body_too_deep' },
  { what: '1,000 levels deep', raw: () => nested(1_000), status: 400, code: 'body_too_deep' },
  { what: '250,000 levels deep and never closed', raw: () => '['.repeat(250_000), status: 400, code: 'body_too_deep' },
  {
    what: 'of 1,001 keys',
    raw: () => JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, 1]))),
    status: 400,
    code: 'body_too_many_keys',
  },
  {
    what: 'an array of 100,000',
    raw: () => JSON.stringify({ goal: 'x', tags: Array(100_000).fill(1) }),
    ...invalidRequest,
  },
  { what: 'blanks up to the limit', raw: () => ' '.repeat(BODY_MAX_BYTES), ...invalidJson },
  { what: 'one byte over the limit', raw: () => ' '.repeat(BODY_MAX_BYTES + 1), status: 413, code: 'body_too_large' },
  { what: '10 MB', raw: () => `{"goal":"${'x'.repeat(10_000_000)}"}`, status: 413, code: 'body_too_large' },
];

type BadField = { what: string; body: object; path: string; code?: string };

const UNSTORABLE = ['a\0b', 'a\ud800b', '\udc00'];

/** One wrong field each, in an otherwise good request. */
export const BAD_FIELDS: BadField[] = [
  ...[1, true, null, [], {}, ['x'], { text: 'x' }, ''].map((goal) => ({
    what: `a goal of ${JSON.stringify(goal)}`,
    body: { goal },
    path: '/goal',
  })),
  ...UNSTORABLE.flatMap((text) => [
    { what: `unstorable in goal (${escape(text)})`, body: { goal: text }, path: '/goal' },
    { what: `unstorable in model (${escape(text)})`, body: { goal: 'x', model: text }, path: '/model' },
    {
      what: `unstorable in instructions (${escape(text)})`,
      body: { goal: 'x', instructions: text },
      path: '/instructions',
    },
    { what: `unstorable in a tag (${escape(text)})`, body: { goal: 'x', tags: [text] }, path: '/tags/0' },
    {
      what: `unstorable in metadata (${escape(text)})`,
      body: { goal: 'x', metadata: { k: text } },
      path: '/metadata/k',
    },
    { what: `unstorable in a tool (${escape(text)})`, body: { goal: 'x', tools: [text] }, path: '/tools/0' },
    {
      what: `unstorable in a webhook (${escape(text)})`,
      body: { goal: 'x', webhook: { url: text } },
      path: '/webhook/url',
    },
  ]),
  { what: 'a goal too long', body: { goal: 'x'.repeat(100_001) }, path: '/goal' },
  { what: 'an unknown field', body: { goal: 'x', gaol: 'y' }, path: '/gaol' },
  { what: 'an unknown field of limits', body: { goal: 'x', limits: { budget: 1 } }, path: '/limits/budget' },
  { what: 'a model that is a number', body: { goal: 'x', model: 1 }, path: '/model' },
  { what: 'a tool nobody has', body: { goal: 'x', tools: ['teleport'] }, path: '/tools/0', code: 'unknown_tool' },
  {
    what: 'the load simulator’s tool',
    body: { goal: 'x', tools: ['sim_work'] },
    path: '/tools/0',
    code: 'unknown_tool',
  },
  {
    what: 'a tool named after a method',
    body: { goal: 'x', tools: ['toString'] },
    path: '/tools/0',
    code: 'unknown_tool',
  },
  { what: 'tools as a string', body: { goal: 'x', tools: 'calculator' }, path: '/tools' },
  { what: 'a priority of "1"', body: { goal: 'x', priority: '1' }, path: '/priority' },
  { what: 'a priority of 0', body: { goal: 'x', priority: 0 }, path: '/priority' },
  { what: 'a priority of 10', body: { goal: 'x', priority: 10 }, path: '/priority' },
  { what: 'a priority of 1.5', body: { goal: 'x', priority: 1.5 }, path: '/priority' },
  { what: 'a priority of -1', body: { goal: 'x', priority: -1 }, path: '/priority' },
  { what: 'maxSteps of 0', body: { goal: 'x', limits: { maxSteps: 0 } }, path: '/limits/maxSteps' },
  { what: 'maxSteps of 1,001', body: { goal: 'x', limits: { maxSteps: 1_001 } }, path: '/limits/maxSteps' },
  { what: 'maxSteps of "5"', body: { goal: 'x', limits: { maxSteps: '5' } }, path: '/limits/maxSteps' },
  { what: 'an outputSchema that is a word', body: { goal: 'x', outputSchema: 'object' }, path: '/outputSchema' },
  {
    what: 'an outputSchema of a string',
    body: { goal: 'x', outputSchema: { type: 'string' } },
    path: '/outputSchema/type',
  },
  {
    what: 'an outputSchema with a $ref',
    body: { goal: 'x', outputSchema: { type: 'object', properties: { a: { $ref: '#' } } } },
    path: '/outputSchema/properties/a/$ref',
  },
  { what: 'an agent that is an object', body: { goal: 'x', agent: { name: 'a' } }, path: '/agent' },
  { what: 'limits as an array', body: { goal: 'x', limits: [] }, path: '/limits' },
  {
    what: 'a temperature of 3',
    body: { goal: 'x', modelOptions: { temperature: 3 } },
    path: '/modelOptions/temperature',
  },
  {
    what: 'load options for another model',
    body: { goal: 'x', modelOptions: { steps: 3 } },
    path: '/modelOptions/steps',
  },
  { what: 'a chain without roles', body: { goal: 'x', chain: [] }, path: '/chain' },
  {
    what: 'a chain of 21 roles',
    body: { goal: 'x', chain: Array.from({ length: 21 }, () => ({ instructions: 'Write.' })) },
    path: '/chain',
  },
  { what: 'a role without instructions', body: { goal: 'x', chain: [{ name: 'a' }] }, path: '/chain/0/instructions' },
  {
    what: 'a role with an unknown field',
    body: { goal: 'x', chain: [{ instructions: 'Write.', colour: 'a' }] },
    path: '/chain/0/colour',
  },
  {
    what: 'a role with a model nobody has',
    body: { goal: 'x', chain: [{ instructions: 'Write.' }, { instructions: 'Check.', model: 'gpt-5' }] },
    path: '/chain/1/model',
    code: 'unknown_model',
  },
  {
    what: 'a role with a tool nobody has',
    body: { goal: 'x', chain: [{ instructions: 'Write.', tools: ['calculator', 'teleport'] }] },
    path: '/chain/0/tools/1',
    code: 'unknown_tool',
  },
  ...UNSTORABLE.map((text) => ({
    what: `unstorable in a role (${escape(text)})`,
    body: { goal: 'x', chain: [{ instructions: text }] },
    path: '/chain/0/instructions',
  })),
  ...['gpu', 'DEFAULT', '__proto__', 'a:b'].map((pool) => ({
    what: `a pool called ${pool}`,
    body: { goal: 'x', pool },
    path: '/pool',
    code: 'unknown_pool',
  })),
  { what: 'a pool that is a number', body: { goal: 'x', pool: 1 }, path: '/pool' },
  ...['ses_0', 'x', `ses_${'0'.repeat(32)}`].map((sessionId) => ({
    what: `a session called ${sessionId}`,
    body: { goal: 'x', sessionId },
    path: '/sessionId',
    code: 'unknown_session',
  })),
  { what: 'a session that is null', body: { goal: 'x', sessionId: null }, path: '/sessionId' },
  ...['startAt', 'expiresAt', 'deadline'].map((name) => ({
    what: `a year 0, of which Postgres knows none, in ${name}`,
    body: { goal: 'x', [name]: '0000-01-01T00:00:00Z' },
    path: `/${name}`,
  })),
  { what: '21 tags', body: { goal: 'x', tags: Array(21).fill('t') }, path: '/tags' },
  { what: 'an empty tag', body: { goal: 'x', tags: [''] }, path: '/tags/0' },
  { what: 'metadata that is nested', body: { goal: 'x', metadata: { a: { b: 'c' } } }, path: '/metadata/a' },
  { what: 'metadata of numbers', body: { goal: 'x', metadata: { a: 1 } }, path: '/metadata/a' },
  {
    what: '51 metadata keys',
    body: { goal: 'x', metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])) },
    path: '/metadata',
  },
  { what: 'a webhook that is a string', body: { goal: 'x', webhook: 'https://example.com' }, path: '/webhook' },
  { what: 'a webhook without a URL', body: { goal: 'x', webhook: {} }, path: '/webhook/url' },
  {
    what: 'a webhook with headers',
    body: { goal: 'x', webhook: { url: 'https://example.com', headers: {} } },
    path: '/webhook/headers',
  },
  {
    what: 'a secret of another form',
    body: { goal: 'x', webhook: { url: 'https://example.com', secret: 'hunter2' } },
    path: '/webhook/secret',
  },
  {
    what: 'a secret that is too short',
    body: {
      goal: 'x',
      webhook: { url: 'https://example.com', secret: `whsec_${Buffer.alloc(23).toString('base64')}` },
    },
    path: '/webhook/secret',
  },
];

/** Where no webhook may go. */
export const BAD_URLS: string[] = [
  'http://example.com/hook',
  'https://127.0.0.1/hook',
  'https://127.1/hook',
  'https://2130706433/hook',
  'https://0x7f000001/hook',
  'https://0177.0.0.1/hook',
  'http://127.0.0.1:4198/hook',
  'https://localhost/hook',
  'https://localhost./hook',
  'https://[::1]/hook',
  'https://[::ffff:127.0.0.1]/hook',
  'https://[::ffff:7f00:1]/hook',
  'https://[64:ff9b::7f00:1]/hook',
  'https://[fd00::1]/hook',
  'https://[fe80::1]/hook',
  'https://0.0.0.0/hook',
  'https://10.0.0.1/hook',
  'https://172.16.0.1/hook',
  'https://192.168.1.1/hook',
  'https://100.64.0.1/hook',
  'https://169.254.169.254/latest/meta-data/',
  'https://metadata.google.internal/',
  'https://kubernetes.default.svc/',
  'https://intranet/hook',
  'https://user:password@example.com/hook',
  'https://example.com@127.0.0.1/hook',
  'https://example.com:22/hook',
  'ftp://example.com/hook',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https:\\\\example.com',
  'https://exa mple.com/',
  'https://example.com/\r\nX-Injected: 1',
  '//example.com/hook',
  'example.com/hook',
  'https://',
  'x',
];

function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
