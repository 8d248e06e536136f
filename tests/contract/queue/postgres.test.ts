import { createTestDatabase } from '../../harness/index.ts';
import { openPrivatePostgres } from './private-postgres.ts';
import { describeQueue } from './queue-contract.ts';

async function openPlace() {
  const { url, ...place } = await createTestDatabase();
  return { ...place, prefix: 'flotilla_queue', backend: { kind: 'postgres', url } } as const;
}

describeQueue({ kind: 'postgres', openPlace, openPrivateServer: openPrivatePostgres });
