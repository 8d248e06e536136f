import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../redaction/redactor.ts';
import { createLogger, type LoggerOptions } from './logger.ts';

function recording(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format: 'json',
    service: 'test',
    write: (line) => lines.push(line),
    ...options,
  });
  return {
    logger,
    async lines() {
      await setImmediate();
      return lines;
    },
    async entries(): Promise<readonly Record<string, unknown>[]> {
      await setImmediate();
      return lines.map((line) => JSON.parse(line));
    },
  };
}

describe('the logger', () => {
  it('writes one JSON line per fact, with time, level, service, message and fields', async () => {
    const { logger, entries } = recording();
    logger.info('mission claimed', { missionId: 'mis_1', attempt: 2 });
    const [entry] = await entries();
    expect(entry).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      service: 'test',
      message: 'mission claimed',
      missionId: 'mis_1',
      attempt: 2,
    });
  });

  it('leaves out what is below its level', async () => {
    const { logger, entries } = recording({ level: 'warn' });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect((await entries()).map(({ message }) => message)).toEqual(['c', 'd']);
  });

  it('gives a child its parent’s fields, and lets a line override them', async () => {
    const { logger, entries } = recording();
    logger.child({ workerId: 'w', attempt: 1 }).child({ missionId: 'm' }).info('x', { attempt: 2 });
    expect(await entries()).toMatchObject([{ workerId: 'w', missionId: 'm', attempt: 2 }]);
  });

  it('keeps a field from passing for the message, the level or the time', async () => {
    const { logger, entries } = recording();
    logger.info('real', { message: 'forged', level: 'error', at: 'never', service: 'other' });
    expect(await entries()).toMatchObject([{ message: 'real', level: 'info', service: 'test', message_: 'forged' }]);
  });

  it('hides secrets by name at any depth, by pattern and by registered value', async () => {
    const redactor = createRedactor();
    redactor.register('CANARY-registered');
    const { logger, lines } = recording({ redactor });
    logger.info('called with Bearer CANARYtoken and CANARY-registered', {
      headers: { Authorization: 'CANARY', 'x-api-key': 'CANARY', accept: 'text/html' },
      deep: [{ webhook: { Secret: 'CANARY' } }],
      rawHeaders: ['Accept', 'text/html', 'X-Api-Key', 'CANARY'],
      pairs: new Map([['password', 'CANARY']]),
      fetchHeaders: new Headers({ cookie: 'CANARY' }),
      url: new URL('https://user:CANARY@example.com/'),
      password: 123_456,
      secrets: ['CANARY'],
      'sk-CANARYkey': 1,
      usage: { inputTokens: 5, maxOutputTokens: 9 },
    });
    const [line] = await lines();
    expect(line).not.toMatch(/CANARY|123456/);
    expect(line).toContain('"usage":{"inputTokens":5,"maxOutputTokens":9}');
    expect(line).toContain('"accept":"text/html"');
  });

  it('writes errors with name, message, code, stack and causes, and nothing else they carry', async () => {
    const { logger, entries, lines } = recording();
    const cause = Object.assign(new Error('connect to postgres://u:CANARY@db failed'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new TypeError('could not save', { cause }), {
      request: { body: 'CANARY' },
      meta: { rows: ['CANARY'] },
      config: { headers: 'CANARY' },
    });
    logger.error('save failed', { error, all: new AggregateError([new Error('one'), new Error('two')], 'both') });
    const [entry] = await entries();
    expect(entry).toMatchObject({
      error: {
        name: 'TypeError',
        message: 'could not save',
        stack: expect.stringContaining('logger.test.ts'),
        cause: { code: 'ECONNREFUSED', message: 'connect to postgres://[redacted]@db failed' },
      },
      all: { errors: [{ message: 'one' }, { message: 'two' }] },
    });
    expect((await lines()).join('')).not.toContain('CANARY');
  });

  it('writes every kind of value, and survives those made to break it', async () => {
    const { logger, entries } = recording();
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const badError = Object.defineProperty(new Error('x'), 'stack', {
      get: () => {
        throw new Error('no stack for you');
      },
    });
    logger.info('odd', {
      big: 12n,
      date: new Date(0),
      noDate: new Date(Number.NaN),
      bytes: Buffer.from('secret bytes'),
      nan: Number.NaN,
      fn: () => 1,
      symbol: Symbol('s'),
      nothing: undefined,
      none: null,
      set: new Set([1]),
      circle,
      revoked: revoked.proxy,
      badError,
      get thrower(): string {
        throw new Error('getter');
      },
      own: JSON.parse('{"__proto__":{"polluted":true}}'),
      toJSON: 'x',
      lone: '\ud800',
    });
    const [entry] = await entries();
    expect(entry).toMatchObject({
      big: '12',
      date: '1970-01-01T00:00:00.000Z',
      noDate: 'Invalid Date',
      bytes: '[12 bytes]',
      nan: 'NaN',
      fn: '[function]',
      symbol: 'Symbol(s)',
      none: null,
      set: [1],
      circle: { name: 'circle', self: '[circular]' },
      revoked: '[unreadable]',
      badError: { name: 'Error', stack: '[unreadable]' },
      thrower: '[unreadable]',
    });
    expect(entry).not.toHaveProperty('nothing');
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  it('bounds a line, however large, deep or wide its fields are', async () => {
    const { logger, lines } = recording();
    let deep: unknown = 'bottom';
    for (let level = 0; level < 5_000; level += 1) deep = { deep };
    logger.info('x'.repeat(5_000_000), {
      deep,
      wide: Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, 'v'.repeat(1_000)])),
      long: Array.from({ length: 100_000 }, () => 'item'),
      text: 'y'.repeat(5_000_000),
    });
    const [line] = await lines();
    expect(line?.length).toBeLessThan(100_000);
    expect(line).toContain('[deep]');
    expect(line).toContain('more]');
  });

  it.each(['json', 'pretty'] as const)('lets no input forge a line or drive the terminal (%s)', async (format) => {
    const { logger, lines } = recording({ format });
    const hostile = 'x\r\n{"level":"error"}\u001b[2J\u009b31m\u2028\u202e\u0000\u0085';
    logger.info(hostile, { [hostile]: hostile, nested: { [hostile]: [hostile] } });
    const [line = ''] = await lines();
    expect(await lines()).toHaveLength(1);
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  });

  it('writes a line for people, with stacks below it that no message can leave', async () => {
    const { logger, lines } = recording({ format: 'pretty' });
    logger.error('save failed', {
      missionId: 'mis_1',
      note: 'two words',
      error: new Error('boom\n12:00:00.000 info  forged', { cause: new Error('inner') }),
    });
    const [line = ''] = await lines();
    const [head, ...rest] = line.split('\n');
    expect(head).toMatch(
      /^[\d:.]{12} error test save failed missionId=mis_1 note="two words" error="Error: boom\\n12:00/,
    );
    expect(rest.length).toBeGreaterThan(2);
    expect(rest.every((below) => below.startsWith('    | '))).toBe(true);
    expect(line).toContain('| caused by Error: inner');
  });

  it('never throws, not even when lines cannot be written', async () => {
    const { logger } = recording({
      write: () => {
        throw new Error('disk full');
      },
    });
    expect(() => logger.info('x')).not.toThrow();
    await expect(logger.flush(100)).resolves.toBeUndefined();
    expect(() => logger.info('y')).not.toThrow();
  });
});
