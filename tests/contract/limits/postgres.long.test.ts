import { createTestDatabase } from '../../harness/index.ts';
import { describeLimits } from './limits-contract.ts';

async function openPlace() {
  const { url, ...database } = await createTestDatabase();
  return { ...database, kind: 'postgres', url, prefix: '' } as const;
}

describeLimits('postgres', openPlace);
