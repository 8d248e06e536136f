import { createRedisPrefix } from '../../harness/index.ts';
import { describeOutages } from './outage-contract.ts';
import { openPrivateRedis } from './private-redis.ts';
import { describeQueue } from './queue-contract.ts';

async function openPlace() {
  const { url, ...place } = createRedisPrefix();
  return { ...place, backend: { kind: 'redis', url } } as const;
}

const REDIS = { kind: 'redis', openPlace, openPrivateServer: openPrivateRedis } as const;

describeQueue(REDIS);
describeOutages(REDIS);
