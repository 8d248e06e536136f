import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse-config.ts';
import {
  booleanVariable,
  choiceVariable,
  durationMsVariable,
  integerVariable,
  listVariable,
  portVariable,
  urlVariable,
} from './variables.ts';

const schema = z.object({
  DATABASE_URL: urlVariable({ schemes: ['postgres', 'postgresql'] }),
  API_KEY_PEPPER: z.string().min(32, { error: 'must be at least 32 characters' }).optional(),
  LOG_LEVEL: choiceVariable(['error', 'info']).default('info'),
  PORT: portVariable().default(8080),
  POOLS: listVariable({ item: /^[a-z]+$/, expected: 'pool names' }).default(['default']),
  TIMEOUT: durationMsVariable({ minMs: 100, maxMs: 60_000 }).default(5_000),
  TRUST_PROXY: booleanVariable().default(false),
  WORKER_SLOTS: integerVariable({ min: 1, max: 10_000 }).default(10),
});
const DATABASE_URL = 'postgres://db/flotilla';

function faultsOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('parseConfig', () => {
  it('gives typed values and defaults, and ignores variables it does not know', () => {
    const config = parseConfig(schema, {
      DATABASE_URL,
      PORT: '0',
      POOLS: ' slow, fast ,',
      TIMEOUT: '2s',
      TRUST_PROXY: 'yes',
      WORKER_SLOTS: ' 250\r',
      HOME: '/root',
    });
    expect(config).toEqual({
      DATABASE_URL,
      LOG_LEVEL: 'info',
      PORT: 0,
      POOLS: ['slow', 'fast'],
      TIMEOUT: 2_000,
      TRUST_PROXY: true,
      WORKER_SLOTS: 250,
    });
  });

  it('freezes what it gives, lists included', () => {
    const config = parseConfig(schema, { DATABASE_URL, POOLS: 'a,b' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.POOLS)).toBe(true);
  });

  it('takes empty and blank variables for absent ones', () => {
    expect(parseConfig(schema, { DATABASE_URL, WORKER_SLOTS: '', PORT: '  ' })).toMatchObject({
      WORKER_SLOTS: 10,
      PORT: 8080,
    });
    expect(faultsOf({ DATABASE_URL: '' }).faults).toEqual([
      { name: 'DATABASE_URL', problem: 'is missing; it must be a URL that begins with postgres:// or postgresql://' },
    ]);
  });

  it('lists every fault at once, with what was found and what would be right', () => {
    const { message } = faultsOf({ LOG_LEVEL: 'loud', PORT: '70000', WORKER_SLOTS: 'abc' });
    expect(message).toBe(
      [
        'the configuration cannot be used:',
        '  DATABASE_URL is missing; it must be a URL that begins with postgres:// or postgresql://',
        '  LOG_LEVEL must be one of error, info; it is "loud"',
        '  PORT must be a port from 0 to 65535; it is "70000"',
        '  WORKER_SLOTS must be a whole number from 1 to 10000; it is "abc"',
      ].join('\n'),
    );
  });

  it.each(['abc', 'NaN', '-1', '0', '10001', '1.5', '1e3', '0x10', '12abc', 'Infinity', '٣', '99999999999999999999'])(
    'refuses to boot with WORKER_SLOTS=%s',
    (WORKER_SLOTS) => {
      expect(faultsOf({ DATABASE_URL, WORKER_SLOTS }).faults.map(({ name }) => name)).toEqual(['WORKER_SLOTS']);
    },
  );

  it.each(['5', '99ms', '61s', '1 week', '-1s', 's', '1.5s'])('refuses the duration %s', (TIMEOUT) => {
    expect(faultsOf({ DATABASE_URL, TIMEOUT }).faults.map(({ name }) => name)).toEqual(['TIMEOUT']);
  });

  it.each(['maybe', '2', 'truee', '__proto__', 'constructor'])('refuses %s as a boolean', (TRUST_PROXY) => {
    expect(faultsOf({ DATABASE_URL, TRUST_PROXY }).faults).toHaveLength(1);
  });

  it.each(['Slow', 'a b', ',', 'a,B'])('refuses %s as a list of pool names', (POOLS) => {
    expect(faultsOf({ DATABASE_URL, POOLS }).faults).toHaveLength(1);
  });

  it('shows no secret, whichever variable it was put into', () => {
    const { message } = faultsOf({
      DATABASE_URL: 'postgres//user:hunter22@db/flotilla',
      API_KEY_PEPPER: 'short-pepper',
      WORKER_SLOTS: 'sk-ant-api03-abcdefgh',
    });
    expect(message).not.toMatch(/hunter22|short-pepper|abcdefgh/);
    expect(message).toContain('API_KEY_PEPPER must be at least 32 characters; it is not shown (12 characters)');
  });

  it('takes what a file holds for a variable whose _FILE names it, without the line break at its end', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'flotilla-config-'));
    const path = join(folder.path, 'database-url');
    writeFileSync(path, `${DATABASE_URL}\n`);
    expect(parseConfig(schema, { DATABASE_URL_FILE: path, DATABASE_URL: '' })).toMatchObject({ DATABASE_URL });
    expect(faultsOf({ DATABASE_URL, DATABASE_URL_FILE: path }).faults).toEqual([
      { name: 'DATABASE_URL', problem: 'is set, and DATABASE_URL_FILE as well; only one of them may be' },
    ]);
    writeFileSync(path, 'postgres//user:hunter22@db/flotilla');
    expect(faultsOf({ DATABASE_URL_FILE: path }).message).not.toContain('hunter22');
  });

  it('says which file cannot be read, and nothing else of that variable', () => {
    expect(faultsOf({ DATABASE_URL_FILE: '/nowhere/url', PORT: 'x' }).faults.map(({ name }) => name)).toEqual([
      'DATABASE_URL_FILE',
      'PORT',
    ]);
    expect(faultsOf({ DATABASE_URL_FILE: '/nowhere/url' }).message).toContain(
      'must name a file that can be read: ENOENT',
    );
  });

  it('reports how variables fit together', () => {
    const fitting = z
      .object({ MIN: integerVariable({ min: 0, max: 9 }), MAX: integerVariable({ min: 0, max: 9 }) })
      .refine(({ MIN, MAX }) => MIN <= MAX, { error: 'MIN must not be greater than MAX' });
    expect(() => parseConfig(fitting, { MIN: '3', MAX: '2' })).toThrow('MIN must not be greater than MAX');
  });
});
