/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */

import { CONFLICTS } from './conflicts.ts';
import type { Mutant } from './mutant.ts';

const KEYS = ['tests/integration/api/idempotency.test.ts'];
const KEPT = ['tests/integration/api/kept-answers.test.ts'];
const STORM = ['tests/integration/api/idempotency-storm.test.ts'];
const OPEN = 'packages/db/src/idempotency/open-records.ts';

/** What keeps a request that comes twice from being carried out twice. */
export const ASKED_TWICE: Mutant[] = [
  {
    name: 'a mission stored without the record of its request',
    file: OPEN,
    find: 'c.id = o."anchorId"`',
    replace: 'c.id = o."anchorId" AND false`',
    tests: STORM,
  },
  {
    name: 'a batch that waits for a key that is in use',
    file: OPEN,
    find: 'pg_try_advisory_xact_lock(hashtextextended(concat_ws(\' \', r."accountId", r.route, r.key), 0))',
    replace: 'true',
    tests: KEYS,
  },
  {
    name: 'a key that takes any payload',
    file: 'apps/api/src/idempotency/answer-once.ts',
    find: 'record.fingerprint !== once.fingerprint',
    replace: 'false',
    tests: KEYS,
  },
  {
    name: 'a key that is every account’s',
    file: OPEN,
    find: 'account_id = ${accountId} AND route',
    replace: 'route',
    tests: KEYS,
  },
  {
    name: 'a key that is not taken before what it is for is done',
    file: 'apps/api/src/idempotency/keep-answer.ts',
    find: "if (!(await records.claim(key))) return 'busy';",
    replace: 'await records.claim(key);',
    tests: KEPT,
  },
  {
    name: 'a key that seems to be in use when nobody is at work for it',
    file: 'apps/api/src/idempotency/keep-answer.ts',
    find: 'else void letGo(key, isIdempotent);',
    replace: '',
    tests: KEPT,
  },
  {
    name: 'a secret that is kept as it is',
    file: 'apps/api/src/idempotency/keep-answer.ts',
    find: "kept === 'sealed' ?",
    replace: 'false ?',
    tests: KEPT,
  },
  {
    name: 'a delay that counts from nowhere',
    file: 'packages/db/src/missions/create.ts',
    find: 'now() + i."delaySeconds" * interval',
    replace: 'now() - i."delaySeconds" * interval',
    tests: ['tests/integration/api/moves.test.ts'],
  },
  {
    name: 'a dedupe key that is not stored',
    file: 'apps/api/src/missions/prepare.ts',
    find: '...(dedupe && { dedupeKey: dedupe.key }),',
    replace: '',
    tests: KEYS,
  },
  ...CONFLICTS,
];
