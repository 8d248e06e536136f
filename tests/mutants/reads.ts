/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const LOG = ['tests/integration/db/account-log.test.ts'];
const FORGET = 'packages/db/src/endpoints/forget.ts';
const ERASE = ['tests/integration/db/erase.test.ts'];
const ERASE_SESSION = ['tests/integration/db/erase-session.test.ts'];
const RETENTION = ['tests/integration/db/retention.test.ts'];

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
    name: 'an erasure in one statement of whatever hangs on a hundred missions',
    file: 'packages/db/src/missions/erase.ts',
    find: ' && rows + dragged <= REMOVED_ROWS',
    replace: '',
    tests: ERASE_SESSION,
  },
  {
    name: 'a retention in one statement of whatever hangs on two hundred missions',
    file: 'packages/db/src/sweep/purge.ts',
    find: 'isFirst || isInTime',
    replace: 'isFirst || !isFirst || isInTime',
    tests: RETENTION,
  },
  {
    name: 'a batch past its retention that took too long, tried again as it was',
    file: 'apps/worker/src/housekeeping.ts',
    find: 'apart.push(...inQuarters(missionIds))',
    replace: 'apart.push(missionIds)',
    tests: ['tests/integration/worker/housekeeping.test.ts'],
  },
  {
    name: 'a mission that cannot be deleted in time and keeps back all others',
    file: 'apps/worker/src/housekeeping.ts',
    find: 'passedBy.add(missionId);',
    replace: '',
    tests: ['tests/integration/worker/housekeeping.test.ts'],
  },
  {
    name: 'a retention that looks for more as long as it has found any',
    file: 'apps/worker/src/housekeeping.ts',
    find: 'isMoreToPurge = isMore;',
    replace: 'isMoreToPurge = missionIds.length > 0;',
    tests: ['tests/integration/worker/housekeeping.test.ts'],
  },
  {
    name: 'sessions locked for as long as whoever was to delete them stands still',
    file: 'packages/db/src/statement.ts',
    find: "idle_in_transaction_session_timeout = '2s'",
    replace: "idle_in_transaction_session_timeout = '0'",
    tests: ['tests/integration/db/standstill.test.ts'],
  },
  {
    name: 'rows locked for as long as whoever has them in a transaction stands still',
    file: 'packages/db/src/client.ts',
    find: 'idle_in_transaction_session_timeout=10s',
    replace: 'idle_in_transaction_session_timeout=0',
    tests: ['tests/integration/db/standstill.test.ts'],
  },
  {
    name: 'a session forgotten while a mission of it is being stored',
    file: 'packages/db/src/sessions/forget.ts',
    find: '        FOR UPDATE SKIP LOCKED`',
    replace: '`',
    tests: RETENTION,
  },
  {
    name: 'a session erased while a mission of it is being stored',
    file: 'packages/db/src/sessions/erase.ts',
    find: ' FOR UPDATE`',
    replace: '`',
    tests: ERASE_SESSION,
  },
  {
    name: 'an erasure of much that takes too long, given up',
    file: 'packages/db/src/missions/erase.ts',
    find: 'ids.length <= 1 || !isTimedOut(error)',
    replace: 'true',
    tests: ERASE_SESSION,
  },
  {
    name: 'a session of no use to whoever has just erased its last mission',
    file: 'packages/db/src/missions/erase.ts',
    find: ',\n            updated_at = now()',
    replace: '',
    tests: RETENTION,
  },
  {
    name: 'a session that has just gone, taken for our fault',
    file: 'packages/db/src/statement.ts',
    find: 'isSessionGone(error) ?',
    replace: 'false ?',
    tests: ['tests/integration/api/sessions.test.ts'],
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
  {
    name: 'a cursor that says what it likes',
    file: 'apps/api/src/cursor.ts',
    find: 'if (read.success) return read.data;',
    replace: 'return found as never;',
    tests: ['tests/integration/api/bad-input.test.ts'],
  },
  {
    name: 'whatever a tag has in a list of one status',
    file: 'packages/db/src/missions/browse.ts',
    find: ' AND ${isOfStatus}',
    replace: '',
    tests: ['tests/integration/db/browse.test.ts'],
  },
  {
    name: 'a bulk action that never comes further',
    file: 'apps/api/src/routes/bulk-actions.ts',
    find: '{ before, limit: limit + 1 }',
    replace: '{ before: null, limit: limit + 1 }',
    tests: ['tests/integration/api/bulk.test.ts'],
  },
  {
    name: 'a stream from an event that is not there yet',
    file: 'apps/api/src/routes/mission-events.ts',
    find: 'Math.min(known, newest?.sequence ?? 0)',
    replace: 'known',
    tests: ['tests/integration/api/streams.test.ts'],
  },
];
