import { createTestDatabase } from '../../harness/index.ts';
import { describeOutages } from './outage-contract.ts';
import { openPrivatePostgres } from './private-postgres.ts';

async function openPlace() {
  const { url, ...place } = await createTestDatabase();
  return { ...place, prefix: 'flotilla_queue', backend: { kind: 'postgres', url } } as const;
}

/** Its server restarts slowly: a minute. The failure suite kills it in `npm test` too. */
describeOutages({ kind: 'postgres', openPlace, openPrivateServer: openPrivatePostgres });
