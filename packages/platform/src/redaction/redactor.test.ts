import { describe, expect, it } from 'vitest';
import { createRedactor } from './redactor.ts';
import { isSecretField, isSecretName } from './secret-names.ts';
import { PLAIN_WORD, SECRET_PATTERNS } from './secret-patterns.ts';

describe('secret names', () => {
  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'Set-Cookie',
    'password',
    'dbPassword',
    'PGPASSWORD',
    'secret',
    'webhookSecret',
    'webhook_secret',
    'clientSecretValue',
    'token',
    'accessToken',
    'refresh_token',
    'tokenHash',
    'apiKey',
    'api_key',
    'x-api-key',
    'X-API-KEY',
    'OPENAI_API_KEY',
    'FLOTILLA_ENCRYPTION_KEYS',
    'privateKey',
    'passphrase',
    'credentials',
    'password2',
    'pass',
  ])('hides %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'inputTokens',
    'maxOutputTokens',
    'tokens',
    'tokenCount',
    'nextTokenTimeoutMs',
    'apiKeyId',
    'idempotencyKey',
    'key',
    'missionId',
    'author',
    'passed',
    'compass',
    'secretary',
    'status',
    '1'.repeat(190),
  ])('shows %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it('tells counts of tokens from lists of tokens', () => {
    expect(isSecretField('inputTokens', 12)).toBe(false);
    expect(isSecretField('tokens', { input: 1 })).toBe(false);
    expect(isSecretField('tokens', ['abc'])).toBe(true);
    expect(isSecretField('sessionTokens', 'abc')).toBe(true);
    expect(isSecretField('token', null)).toBe(false);
  });
});

describe('the short cuts', () => {
  const pieces = ['', 'AKIA', 'ghp_', 'fl_a_', 'whsec_', 'sk-', 'eyJ', 'Bearer ', 'Cookie: ', 'Cookie=', '"token":"'];
  const more = ['token=', '?key=', 'xxxxxx', 'ABCD0123ABCD0123', '://', 'a:b@', '.', '-----BEGIN A-----'];

  it('skip no pattern that would have found something, in any four pieces of a secret', () => {
    const all = [...pieces, ...more];
    const texts = all.flatMap((a) => all.flatMap((b) => all.flatMap((c) => all.map((d) => a + b + c + d))));
    const missed = texts.filter((text) => {
      const found = SECRET_PATTERNS.filter(({ find }) => text.search(find) >= 0);
      if (PLAIN_WORD.test(text)) return found.length > 0;
      return found.some(({ near }) => near && !near.some((part) => text.includes(part)));
    });
    expect(missed).toEqual([]);
  });
});

describe('the redactor', () => {
  const { text } = createRedactor();

  it.each([
    ['our API key', 'key fl_live_CANARYcanary0123456789 refused'],
    ['an Anthropic key', 'using sk-ant-api03-CANARY_canary-0123'],
    ['an OpenAI key', '"sk-proj-CANARYcanary0123"'],
    ['a webhook secret', 'whsec_CANARY/canary+0123='],
    ['a bearer token', 'Authorization: Bearer CANARY.canary~0123'],
    ['a lower-case bearer token', 'bearer   CANARYcanary'],
    ['a basic authorization', '{"authorization":"Basic Q0FOQVJZ:CANARY"}'],
    ['a cookie header', 'cookie: a=1; session=CANARY; b=2'],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARYsignature'],
    ['a PEM block', '-----BEGIN PRIVATE KEY-----\nCANARY\nCANARY\n-----END PRIVATE KEY-----\n'],
    ['a PEM block cut short', 'x -----BEGIN RSA PRIVATE KEY-----\\nCANARY'],
    ['a database URL', 'postgres://flotilla:CANARY@db:5432/flotilla'],
    [
      'a database URL with an unescaped password',
      'postgres://flotilla:pa/CAN@ARY@db/flotilla'.replace('CAN@ARY', 'CANARY@x'),
    ],
    ['a Redis URL without a user', 'redis://:CANARY@redis:6379'],
    ['a token as user name', 'https://CANARYtoken@github.com/x'],
    ['a signed URL', 'https://s3/x?X-Amz-Signature=CANARYcanary&X-Amz-Date=1'],
    ['a key in a query', 'https://maps/x?key=CANARYcanary'],
    ['a long query value', `https://x/?t=CANARY${'a1'.repeat(30)}`],
    ['a keyword connection string', 'host=db password=CANARY dbname=x'],
    ['quoted JSON', '{"password":"CANARY","x":1}'],
    ['twice quoted JSON', '{\\"apiKey\\":\\"CANARYkey\\"}'],
    ['a GitHub token', 'ghp_CANARYcanary0123456789'],
    ['an AWS key', 'AKIACANARYCANARY0123'],
  ])('hides %s', (_what, line) => {
    expect(text(line)).not.toContain('CANARY');
    expect(text(line)).toContain('[redacted]');
  });

  it.each([
    'mission mis_0198c0ffee00700080000123456789ab claimed by wrk_0198c0ffee00700080000123456789ab',
    'https://example.com:8443/path?after=12&limit=50',
    'GET /v1/missions?after=0198c0ff-ee00-7000-8000-0123456789ab',
    'inputTokens=512 maxOutputTokens=1024',
    'task-something-long and risk-averse-people',
    'Unexpected token: } in JSON at position 3',
    'mail to someone@example.com',
  ])('leaves alone: %s', (line) => {
    expect(text(line)).toBe(line);
  });

  it('hides registered values in every form they are written in, until they are let go', () => {
    const redactor = createRedactor();
    const forget = redactor.register('pässword "with" quotes');
    const line = 'pässword "with" quotes | p%C3%A4ssword%20%22with%22%20quotes | pässword \\"with\\" quotes';
    expect(redactor.text(line)).toBe('[redacted] | [redacted] | [redacted]');
    const forgetAgain = redactor.register('pässword "with" quotes');
    forget();
    forget();
    expect(redactor.text(line)).not.toContain('quotes');
    forgetAgain();
    expect(redactor.text(line)).toBe(line);
  });

  it('hides the longer of two secrets whole when one begins the other', () => {
    const redactor = createRedactor();
    redactor.register('swordfish');
    redactor.register('swordfish-and-chips');
    expect(redactor.text('say swordfish-and-chips')).toBe('say [redacted]');
  });

  it('does not blot out words for a value too short to be a secret', () => {
    const redactor = createRedactor();
    redactor.register('on');
    redactor.register('');
    expect(redactor.text('mission on hold')).toBe('mission on hold');
  });

  it('cuts long text, and never through a secret', () => {
    const redactor = createRedactor();
    redactor.register('swordfish'.repeat(20));
    for (const before of [8_100, 8_150, 8_191, 12_200, 12_280]) {
      const long = redactor.text(`${'x'.repeat(before)}${'swordfish'.repeat(20)}${'y'.repeat(20_000)}`);
      expect(long).not.toContain('sword');
      expect(long.length).toBeLessThan(8_300);
      expect(long).toContain('[cut, ');
    }
    const shrunk = redactor.text(
      `-----BEGIN X-----${'z'.repeat(9_000)}-----END X-----${'x'.repeat(3_190)}${'swordfish'.repeat(20)}${'y'.repeat(9_000)}`,
    );
    expect(shrunk).not.toContain('sword');
  });

  it.each([
    'a'.repeat(12_000),
    'eyJ'.repeat(4_000),
    'sk-'.repeat(4_000),
    'a://b:'.repeat(2_000),
    '?a='.repeat(4_000),
    'token'.repeat(2_400),
    '-----BEGIN A-----'.repeat(700),
    'cookie: '.repeat(1_500),
    'bearer '.repeat(1_700),
    `password${' '.repeat(11_000)}`,
  ])('stays quick on text made to slow it down', (hostile) => {
    const begunAt = performance.now();
    text(hostile);
    // Takes single milliseconds; a pattern that backtracks takes minutes.
    expect(performance.now() - begunAt).toBeLessThan(2_000);
  });
});
