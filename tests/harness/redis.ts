import { randomBytes } from 'node:crypto';

import { Redis } from 'ioredis';
import { inject } from 'vitest';

const KEYS_PER_SCAN = 1_000;

export type RedisPrefix = AsyncDisposable & { readonly url: string; readonly prefix: string };

/** A key prefix of its own on the run's Redis; what was written under it is deleted when it goes out of scope. */
export const createRedisPrefix = (): RedisPrefix => {
  const url = inject('redisUrl');
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  return {
    url,
    prefix,
    [Symbol.asyncDispose]: async () => {
      const redis = new Redis(url);
      try {
        for await (const keys of redis.scanStream({ match: `${prefix}*`, count: KEYS_PER_SCAN })) {
          if (Array.isArray(keys) && keys.length > 0) await redis.unlink(keys);
        }
      } finally {
        redis.disconnect();
      }
    },
  };
};
