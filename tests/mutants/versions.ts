/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const VERSIONS = ['tests/e2e/versions.test.ts'];
const LOCKS = ['tests/integration/db/migrate-locks.test.ts'];

const SCHEMA = ['tests/integration/old-schema.test.ts'];

const PATIENT_SCRIPT = 'packages/db/src/migrate/patient-script.ts';

/** What holds while one version gives way to another. */
export const VERSIONED: Mutant[] = [
  {
    name: 'a mission played whose spec is newer than its worker knows',
    file: 'apps/worker/src/leave-to-others.ts',
    find: 'specVersion <= SPEC_VERSION',
    replace: 'specVersion <= SPEC_VERSION + 1',
    tests: VERSIONS,
  },
  {
    name: 'a migration that holds up whoever comes after it for as long as it waits',
    file: PATIENT_SCRIPT,
    find: 'await send(`SET lock_timeout = ${lockTimeoutMs}`);',
    replace: '',
    tests: LOCKS,
  },
  {
    name: 'a migration that gives up at the first lock',
    file: PATIENT_SCRIPT,
    find: 'performance.now() < end',
    replace: 'performance.now() < 0',
    tests: LOCKS,
  },
  {
    name: 'an index built beside the writes that is cut short by a long transaction',
    file: PATIENT_SCRIPT,
    find: 'if (CONCURRENTLY.test(script)) return send(script);',
    replace: '',
    tests: LOCKS,
  },
  {
    name: 'a migration given up for a lock that has to be resolved by hand',
    file: 'packages/db/src/migrate/deploy.ts',
    find: 'await opened.engine.markMigrationRolledBack({ migrationName: untouched.path });',
    replace: '',
    tests: LOCKS,
  },
  {
    name: 'an API that is ready before its migrations',
    file: 'apps/api/src/main.ts',
    find: "{ name: 'schema', check: () => db.checkSchema() },",
    replace: '',
    tests: SCHEMA,
  },
  {
    name: 'a worker that registers before its migrations',
    file: 'apps/worker/src/main.ts',
    find: 'await awaitSchema({ db, logger, signal });',
    replace: '',
    tests: SCHEMA,
  },
  {
    name: 'a migration that is taken for applied because a later one is',
    file: 'packages/db/src/migrate/check-schema.ts',
    find: 'needed.filter(',
    replace: 'needed.slice(-1).filter(',
    tests: SCHEMA,
  },
  {
    name: 'a migration that is taken for applied because it has begun',
    file: 'packages/db/src/migrate/check-schema.ts',
    find: 'finished_at IS NOT NULL AND ',
    replace: '',
    tests: SCHEMA,
  },
  {
    name: 'an agent of the folder that is given up on an older schema',
    file: 'apps/api/src/agents/store-agents.ts',
    find: 'await db.checkSchema();',
    replace: '',
    tests: ['tests/integration/api/agents-dir.test.ts'],
  },
];
