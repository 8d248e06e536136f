/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const RESUME = ['packages/agent/src/resume.test.ts', 'packages/agent/src/tool-calls.test.ts'];
const KEEPER = ['apps/worker/src/lease-keeper.test.ts'];
const TENANCY = ['tests/integration/api/tenancy.test.ts'];
const CONNECTOR = ['packages/platform/src/outbound/connector.test.ts'];
const REDIRECT = ['packages/platform/src/outbound/redirect.test.ts'];
const WEBHOOK = ['apps/worker/src/webhook.test.ts'];
const DEATH = ['tests/e2e/races/worker-dies.test.ts'];

const KEEPER_FILE = 'apps/worker/src/lease-keeper.ts';
const CONNECTOR_FILE = 'packages/platform/src/outbound/connector.ts';
const REDIRECT_FILE = 'packages/platform/src/outbound/redirect.ts';
const SWEEP_FILE = 'apps/worker/src/sweep.ts';

/** Guards that are not in the statements of packages/db. */
export const OUTSIDE: Mutant[] = [
  {
    name: 'a tool’s key that changes when the call is repeated',
    file: 'packages/agent/src/tool-call.ts',
    find: '`m:${missionId}:${step}:${callIndex}`',
    replace: '`m:${missionId}:${step}:${callIndex}:${context.attempt}`',
    tests: RESUME,
  },
  {
    name: 'a tool that starts after its lease has ended',
    file: 'packages/agent/src/loop-context.ts',
    find: `if (isLeaseLive?.() === false) stop.request('fenced');`,
    replace: '',
    tests: ['packages/agent/src/run.test.ts'],
  },
  {
    name: 'a lease that never ends by the worker’s own clock',
    file: KEEPER_FILE,
    find: 'workerId !== null && now() < liveUntil',
    replace: 'workerId !== null',
    tests: KEEPER,
  },
  {
    name: 'a lease counted from the heartbeat’s answer',
    file: KEEPER_FILE,
    find: 'extend(sentAt);',
    replace: 'extend(now());',
    tests: KEEPER,
  },
  {
    name: 'a lease revived by an answer that came too late',
    file: KEEPER_FILE,
    find: 'if (workerId !== id) return;',
    replace: '',
    tests: KEEPER,
  },
  {
    name: 'a lease asked for again at once of a database that refuses',
    file: KEEPER_FILE,
    find: 'if (!stopped) schedule(nextMs);',
    replace: 'if (!stopped) schedule(workerId === null ? 0 : nextMs);',
    tests: KEEPER,
  },
  {
    name: 'a sweep that leaves orphans where they are',
    file: SWEEP_FILE,
    find: '...(work.orphans ? [requeueOrphans] : []),',
    replace: '',
    tests: DEATH,
  },
  {
    name: 'a sweep that rings no deliveries',
    file: SWEEP_FILE,
    find: '...(work.deliveries ? [ringOverdueDeliveries] : []),',
    replace: '',
    tests: DEATH,
  },
  {
    name: 'a turn taken while a sweep is under way',
    file: 'apps/worker/src/sweep-turns.ts',
    find: 'underWay === null && !',
    replace: '!',
    tests: ['apps/worker/src/sweep-turns.test.ts'],
  },
  {
    name: 'a sweep’s turn that is taken whether or not it can begin',
    file: 'packages/db/src/lease/heartbeat.ts',
    find: ' AND ${takesTurn}::boolean',
    replace: '',
    tests: ['tests/integration/db/sweep.test.ts'],
  },
  {
    name: 'a heartbeat that does not say that a sweep is under way',
    file: 'apps/worker/src/worker.ts',
    find: 'takesTurn: turns.isFree',
    replace: 'takesTurn: () => true',
    tests: ['tests/integration/worker/long-sweep.test.ts'],
  },
  {
    name: 'a drain that waits for all parts of a sweep',
    file: SWEEP_FILE,
    find: 'if (options.isStopping()) return;',
    replace: '',
    tests: ['tests/integration/worker/long-sweep.test.ts'],
  },
  {
    name: 'a moment that is waited for by no clock',
    file: 'packages/db/src/missions/create.ts',
    find: 'extract(epoch FROM run_after - now()) * 1000, 0',
    replace: '0, 0',
    tests: ['tests/integration/api/soon.test.ts'],
  },
  {
    name: 'a stranger’s mission that is read',
    file: 'packages/db/src/missions/read.ts',
    find: 'WHERE m.id = ${missionId} AND m.account_id = ${accountId}',
    replace: 'WHERE m.id = ${missionId}',
    tests: TENANCY,
  },
  {
    name: 'strangers’ missions in a list',
    file: 'packages/db/src/missions/browse.ts',
    find: 'WHERE m.account_id = ${listing.accountId} AND ',
    replace: 'WHERE ',
    tests: TENANCY,
  },
  {
    name: 'a stranger’s mission that is cancelled',
    file: 'packages/db/src/missions/cancel.ts',
    find: ' AND m.account_id = ${accountId}',
    replace: '',
    tests: TENANCY,
  },
  {
    name: 'a stranger’s mission that is paused or resumed',
    file: 'packages/db/src/missions/pause.ts',
    find: ' AND account_id = ${accountId}',
    replace: '',
    tests: TENANCY,
  },
  {
    name: 'a private address dialled, written as an address',
    file: CONNECTOR_FILE,
    find: '!isLoopback && isIP(hostname) !== 0 && !isPublicAddress(hostname)',
    replace: 'false',
    tests: CONNECTOR,
  },
  {
    name: 'a private address dialled, found by name',
    file: CONNECTOR_FILE,
    find: 'resolvePublic(hostname, resolve)',
    replace: 'resolve(hostname)',
    tests: CONNECTOR,
  },
  {
    name: 'a connection that is not looked at once it is made',
    file: CONNECTOR_FILE,
    find: ': isPublicAddress(remoteAddress);',
    replace: ': true;',
    tests: CONNECTOR,
  },
  {
    name: 'a redirect that is not judged like the first URL',
    file: REDIRECT_FILE,
    find: 'checkTarget(url, policy);',
    replace: '',
    tests: REDIRECT,
  },
  {
    name: 'a redirect from elsewhere to the open local port',
    file: REDIRECT_FILE,
    find: 'isAllowedLoopback(url, policy) && !isAllowedLoopback(hop.url, policy)',
    replace: 'false',
    tests: REDIRECT,
  },
  {
    name: 'a redirect from https to http',
    file: REDIRECT_FILE,
    find: `hop.url.protocol === 'https:' && url.protocol !== 'https:'`,
    replace: 'false',
    tests: REDIRECT,
  },
  {
    name: 'a webhook that follows redirects',
    file: 'apps/worker/src/deliver.ts',
    find: 'redirects: 0',
    replace: 'redirects: 3',
    tests: ['apps/worker/src/deliver.test.ts'],
  },
  {
    name: 'a signature with the time of the event instead of the attempt',
    file: 'apps/worker/src/webhook.ts',
    find: 'const at = new Date(delivery.now);',
    replace: 'const at = new Date(delivery.occurredAt);',
    tests: WEBHOOK,
  },
];
