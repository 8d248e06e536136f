import { createRedisPrefix } from '../../harness/index.ts';
import { openPrivateRedis } from './private-redis.ts';
import { describeQueue } from './queue-contract.ts';

async function openPlace() {
  const { url, ...place } = createRedisPrefix();
  return { ...place, backend: { kind: 'redis', url } } as const;
}

describeQueue({ kind: 'redis', openPlace, openPrivateServer: openPrivateRedis });
