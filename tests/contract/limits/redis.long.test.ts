import { createRedisPrefix } from '../../harness/index.ts';
import { describeLimits } from './limits-contract.ts';

async function openPlace() {
  return { kind: 'redis', ...createRedisPrefix() } as const;
}

describeLimits('redis', openPlace);
