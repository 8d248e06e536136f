/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const LOG = ['tests/integration/db/account-log.test.ts'];
const FORGET = 'packages/db/src/endpoints/forget.ts';
const ERASE = ['tests/integration/db/erase.test.ts'];

/** What is read in lists and logs, and what is erased. */
export const READ: Mutant[] = [
  {
    name: 'an account’s log that does not wait for what is under way',
    file: 'packages/db/src/events/account-log.ts',
    find: 'AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint',
    replace: '',
    tests: LOG,
  },
  {
    name: 'an erasure of a child before its parent was told of it',
    file: 'packages/db/src/missions/erase.ts',
    find: 'relatives.find(({ hasEnded }) => !hasEnded)',
    replace: 'relatives.find(({ hasEnded, level }) => !hasEnded && level >= 0)',
    tests: ERASE,
  },
  {
    name: 'an erasure that leaves what requests were answered',
    file: 'packages/db/src/missions/remove.ts',
    find: 'DELETE FROM idempotency_records r USING ended e WHERE r.mission_id = e.id',
    replace: 'SELECT 1',
    tests: ERASE,
  },
  {
    name: 'an erasure that leaves the URL and secret of a webhook',
    file: 'packages/db/src/missions/remove.ts',
    find: 'WHERE endpoint_id IS NOT NULL ORDER BY endpoint_id',
    replace: 'WHERE false',
    tests: ERASE,
  },
  {
    name: 'an endpoint that goes while a mission names it',
    file: FORGET,
    find: ' AND NOT j.is_named AND NOT j.is_owed\n      ), settled',
    replace: ' AND NOT j.is_owed\n      ), settled',
    tests: ERASE,
  },
  {
    name: 'an endpoint that goes while a mission is being made that names it',
    file: FORGET,
    find: "s.since < now() - ${ENDPOINT_SPARE_FOR_MS}::int * interval '1 millisecond'",
    replace: 'true',
    tests: ERASE,
  },
  {
    name: 'an endpoint taken for there that is just being deleted',
    file: 'packages/db/src/endpoints/ensure.ts',
    find: 'SELECT id FROM kept`',
    replace: 'SELECT endpoint_id FROM spare WHERE NOT EXISTS (SELECT FROM made)`',
    tests: ERASE,
  },
  {
    name: 'the endpoint of a mission that was turned away',
    file: 'apps/api/src/routes/create-mission.ts',
    find: 'const prepared = await prepare(accountId, request);',
    replace: 'const prepared = await prepare(accountId, request);\n    await nameEndpoint(prepared);',
    tests: ['tests/integration/api/backlog.test.ts'],
  },
  {
    name: 'a copy without its summaries',
    file: 'packages/db/src/missions/copy.ts',
    find: 'a.up_to > 0 AND u.step_number <= a.up_to + 1',
    replace: 'a.up_to > 0 AND u.step_number <= a.up_to',
    tests: ['tests/integration/db/copy.test.ts'],
  },
];
