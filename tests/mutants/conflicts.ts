import type { Mutant } from './mutant.ts';

const LEAVE = 'packages/db/src/lease/leave.ts';

/**
 * Where two come at once, or one comes again, and there may be one row only. A dedupe key and a reservation are not here:
 * an index and `is_repeated` hold them too.
 */
export const CONFLICTS: Mutant[] = [
  {
    name: 'a call that asks again, answered by what was answered before',
    file: LEAVE,
    find: ', answer = NULL, answered_by = NULL, answered_at = NULL',
    replace: '',
    tests: ['tests/integration/db/parking.test.ts'],
  },
  {
    name: 'a child started twice by one call',
    file: LEAVE,
    find: 'ON CONFLICT (parent_mission_id, parent_step, parent_call) WHERE parent_mission_id IS NOT NULL DO NOTHING',
    replace: '',
    tests: ['tests/integration/db/parking.test.ts', 'tests/integration/db/repeated-leave.test.ts'],
  },
  {
    name: 'a key that two requests claim',
    file: 'packages/db/src/idempotency/claims.ts',
    find: 'ON CONFLICT (account_id, route, key) DO NOTHING',
    replace: '',
    tests: ['tests/integration/api/idempotency.test.ts', 'tests/integration/api/kept-answers.test.ts'],
  },
  {
    name: 'an answer kept twice for a key',
    file: 'packages/db/src/idempotency/records.ts',
    find: 'ON CONFLICT (account_id, route, key) DO NOTHING',
    replace: '',
    tests: ['tests/integration/api/idempotency.test.ts', 'tests/integration/api/kept-answers.test.ts'],
  },
  {
    name: 'a summary paid twice',
    file: 'packages/db/src/steps/summaries.ts',
    find: 'ON CONFLICT DO NOTHING',
    replace: '',
    tests: ['tests/integration/db/summaries.test.ts'],
  },
  {
    name: 'a webhook recovered twice',
    file: 'packages/db/src/deliveries/send-anew.ts',
    find: 'ON CONFLICT DO NOTHING',
    replace: '',
    tests: ['tests/integration/db/deliveries.test.ts', 'tests/integration/api/webhooks.test.ts'],
  },
  {
    name: 'a webhook’s endpoint made twice for two missions that name it at once',
    file: 'packages/db/src/endpoints/ensure.ts',
    find: 'ON CONFLICT (account_id, url, secret_hash) WHERE for_missions DO NOTHING',
    replace: '',
    tests: ['tests/integration/db/erase.test.ts', 'tests/integration/db/deliveries.test.ts'],
  },
  {
    name: 'a version of an agent stored twice',
    file: 'packages/db/src/agents/put.ts',
    find: 'ON CONFLICT (account_id, name, version) DO NOTHING',
    replace: '',
    tests: ['tests/integration/api/agents.test.ts'],
  },
];
