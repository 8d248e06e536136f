import type { Mutant } from './mutant.ts';

const LOG = ['tests/integration/db/account-log.test.ts'];
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
    name: 'a copy without its summaries',
    file: 'packages/db/src/missions/copy.ts',
    find: 'a.up_to > 0 AND u.step_number <= a.up_to + 1',
    replace: 'a.up_to > 0 AND u.step_number <= a.up_to',
    tests: ['tests/integration/db/copy.test.ts'],
  },
];
