/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */

import type { Mutant } from './mutant.ts';

const KEYS = ['tests/integration/api/api-keys.test.ts'];
const STRANGERS = ['tests/integration/api/tenancy.test.ts'];
const LIMITS = ['tests/integration/api/limits.test.ts'];
const AUTHENTICATE = 'apps/api/src/auth/authenticate.ts';
const KEY_ROUTES = 'apps/api/src/routes/api-keys.ts';
const KEY_ROWS = 'packages/db/src/accounts/manage-keys.ts';
const MOUNT = 'apps/api/src/routes/mount.ts';

/** What keeps clients to what is theirs, and from taking all there is. */
export const ACCESS: Mutant[] = [
  {
    name: 'a key that makes one that may do more',
    file: KEY_ROUTES,
    find: 'checkOwn(own, scopes);',
    replace: '',
    tests: KEYS,
  },
  {
    name: 'a key that has one made anew that may do more',
    file: KEY_ROUTES,
    find: 'checkOwn(own, old.scopes);',
    replace: '',
    tests: KEYS,
  },
  {
    name: 'a key that is rotated twice',
    file: KEY_ROWS,
    find: ' AND replaced_by IS NULL',
    replace: '',
    tests: KEYS,
  },
  {
    name: 'a key of another account that is revoked',
    file: KEY_ROWS,
    find: 'WHERE id = ${keyId} AND account_id = ${accountId}\n      RETURNING id',
    replace: 'WHERE id = ${keyId}\n      RETURNING id',
    tests: STRANGERS,
  },
  {
    name: 'a route that wants no scope',
    file: AUTHENTICATE,
    find: '!caller.scopes.includes(scope)',
    replace: 'false',
    tests: STRANGERS,
  },
  {
    name: 'a mission of another account that is read',
    file: 'packages/db/src/missions/read.ts',
    find: 'WHERE m.id = ${missionId} AND m.account_id = ${accountId}',
    replace: 'WHERE m.id = ${missionId}',
    tests: STRANGERS,
  },
  {
    name: 'a token that opens every mission',
    file: AUTHENTICATE,
    find: 'read.missionId !== ticket.missionId',
    replace: 'false',
    tests: KEYS,
  },
  {
    name: 'a token beside a key',
    file: AUTHENTICATE,
    find: " && req.headersDistinct['authorization'] === undefined",
    replace: '',
    tests: KEYS,
  },
  {
    name: 'a token that never ends',
    file: AUTHENTICATE,
    find: ' || read.expiresAt.getTime() <= Date.now()',
    replace: '',
    tests: KEYS,
  },
  {
    name: 'a token that counts everywhere',
    file: MOUNT,
    find: 'route.takesToken !== true || ',
    replace: '',
    tests: KEYS,
  },
  {
    name: 'a waiting request that outlasts its key',
    file: 'apps/api/src/routes/mission-result.ts',
    find: 'stopping, allowed.refused]',
    replace: 'stopping]',
    tests: KEYS,
  },
  {
    name: 'a page of any origin',
    file: 'apps/api/src/middleware/cors.ts',
    find: 'origin === undefined || !allowed.has(origin)',
    replace: 'origin === undefined',
    tests: KEYS,
  },
  {
    name: 'an address that a client may write itself',
    file: 'apps/api/src/limits/address-of.ts',
    find: 'entries.at(-proxies)',
    replace: 'entries.at(0)',
    tests: LIMITS,
  },
  {
    name: 'a limit of a key at each process',
    file: 'apps/api/src/limits/limits.ts',
    find: 'sharing.start();',
    replace: '',
    tests: LIMITS,
  },
  {
    name: 'an account that gets as much as it has keys',
    file: 'apps/api/src/limits/limits.ts',
    find: "account: policyOf('account', perSecond)",
    replace: '',
    tests: LIMITS,
  },
  {
    name: 'an account that takes all streams with many keys',
    file: 'apps/api/src/limits/seats.ts',
    find: "check(accountId, { whose: 'All API keys of one account together', most: perAccount });",
    replace: '',
    tests: LIMITS,
  },
  {
    name: 'keys without end',
    file: 'packages/db/src/accounts/keys.ts',
    find: ') < ${API_KEYS_MAX}::int`',
    replace: ') >= 0`',
    tests: KEYS,
  },
  {
    name: 'one key too many, made beside another',
    file: 'packages/db/src/statement.ts',
    find: 'pg_advisory_xact_lock(hashtextextended(${line}, 0))',
    replace: 'hashtextextended(${line}, 0)',
    tests: ['tests/integration/races/bounds.test.ts'],
  },
  {
    name: 'an answer that nobody takes',
    file: 'apps/api/src/server/server.ts',
    find: 'else socket.destroy();',
    replace: 'else socket.setTimeout(unreadForMs);',
    tests: ['tests/integration/api/connections.test.ts'],
  },
  {
    name: 'connections without end',
    file: 'apps/api/src/server/server.ts',
    find: 'server.maxConnections = connectionsMax;',
    replace: '',
    tests: ['tests/integration/api/connections.test.ts'],
  },
  {
    name: 'streams without bounds',
    file: MOUNT,
    find: 'limits.seats.take({ keyId, accountId }, res)',
    replace: 'undefined',
    tests: LIMITS,
  },
  {
    name: 'a long poll for who hung up at once',
    file: MOUNT,
    find: 'if (res.destroyed) gone.abort();',
    replace: 'if (false) gone.abort();',
    tests: LIMITS,
  },
  {
    name: 'a process that takes on more than it can',
    file: 'apps/api/src/routes/mount.ts',
    find: 'if (route.makesRoom !== true) shedLoad(limits.load);',
    replace: '',
    tests: LIMITS,
  },
  {
    name: 'a cancel that is turned away for there being too much to do',
    file: 'apps/api/src/routes/mount.ts',
    find: 'if (route.makesRoom !== true) shedLoad',
    replace: 'shedLoad',
    tests: LIMITS,
  },
];
