import { ConfigError } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const needed = {
  DATABASE_URL: 'postgresql://flotilla:hunter2@127.0.0.1:5432/flotilla',
  FLOTILLA_ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
};

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ name }) => name);
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs a database and a key for secrets, and has a default for everything else', () => {
    expect(faultsOf({})).toEqual(['DATABASE_URL', 'FLOTILLA_ENCRYPTION_KEYS']);
    expect(readConfig(needed)).toMatchObject({
      listen: { host: '127.0.0.1', port: 4_100 },
      connectionsMax: 10_000,
      queue: { backend: { kind: 'postgres', url: needed.DATABASE_URL } },
      models: { allowed: ['sim/demo', 'sim/load', 'anthropic/*', 'bedrock/*', 'openai/*'], default: 'sim/demo' },
      webhooks: { allowLoopbackPorts: [], allowHttp: false },
      corsOrigins: [],
      limits: {
        proxies: 0,
        perKey: new Map([
          ['free', 100],
          ['paid', 2_000],
        ]),
        perAccount: new Map([
          ['free', 200],
          ['paid', 4_000],
        ]),
        streams: { perKey: 2_000, perAccount: 2_000, inAll: 4_000 },
      },
    });
  });

  it('rings on Redis when there is one, and else goes round a pooler', () => {
    const direct = 'postgresql://flotilla@127.0.0.1:5433/flotilla';
    expect(readConfig({ ...needed, DATABASE_DIRECT_URL: direct }).queue.backend).toEqual({
      kind: 'postgres',
      url: direct,
    });
    const url = 'redis://127.0.0.1:6379';
    expect(readConfig({ ...needed, REDIS_URL: url }).queue.backend).toEqual({ kind: 'redis', url });
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_POOL_SIZE', 'NaN'],
    ['DATABASE_POOL_SIZE', '-1'],
    ['FLOTILLA_ENCRYPTION_KEYS', 'short'],
    ['MODELS', 'gpt-5'],
    ['MODELS', '*'],
    ['DEFAULT_MODEL', 'sim/unlisted'],
    ['WEBHOOK_LOOPBACK_PORTS', 'all'],
    ['TRUST_PROXY', 'true'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_ORIGINS', 'https://app.example.com/'],
    ['CORS_ORIGINS', 'https://*.example.com'],
    ['ADDRESS_RATE_LIMIT', '0'],
    ['KEY_RATE_LIMITS', 'free'],
    ['KEY_RATE_LIMITS', 'free=NaN'],
    ['KEY_RATE_LIMITS', 'free=-1'],
    ['ACCOUNT_RATE_LIMITS', 'free'],
    ['STREAMS_PER_ACCOUNT', '0'],
    ['STREAMS_MAX', 'abc'],
    ['CONNECTIONS_MAX', '0'],
    ['SHED_LOOP_DELAY_MS', '0'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s', (name, value) => {
    expect(faultsOf({ ...needed, [name]: value })).toEqual([name]);
  });
});
