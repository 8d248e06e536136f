/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */

import { ACCESS } from './access.ts';
import { ASKED_TWICE } from './asked-twice.ts';
import { DELIVERED } from './deliveries.ts';
import { HANDED_ON } from './handing-on.ts';
import { LOOPS } from './loops.ts';
import { MONEY } from './money.ts';
import type { Mutant } from './mutant.ts';
import { OUTSIDE } from './outside.ts';
import { OWN_TOOLS } from './own-tools.ts';
import { PARKED } from './parking.ts';
import { READ } from './reads.ts';
import { STRANGERS } from './strangers.ts';
import { VERSIONED } from './versions.ts';

const FENCING = ['tests/integration/db/fencing.test.ts', 'tests/integration/races/fencing.test.ts'];
const RACES = ['tests/integration/races/slots-and-sweeps.test.ts', 'tests/integration/races/crossings.test.ts'];
const MODEL = ['tests/integration/property/moves.test.ts'];
const ORDER = ['tests/integration/property/batches.test.ts', 'tests/integration/db/batches.test.ts'];
const BATCHER = ['packages/db/src/batcher.test.ts', 'packages/db/src/batcher.property.test.ts'];
const LIFE = ['tests/integration/db/life-cycle.test.ts', 'tests/integration/db/timing.test.ts'];
const SWEEP = ['tests/integration/db/sweep.test.ts'];
const FAIRNESS = ['tests/integration/db/fairness.test.ts'];

const WRITES = {
  'a response': 'packages/db/src/steps/commit-response.ts',
  'the start of a tool call': 'packages/db/src/steps/start-tool-call.ts',
  'a tool result': 'packages/db/src/steps/commit-tool-result.ts',
  'a leave': 'packages/db/src/lease/leave.ts',
};
const CLAIM = 'packages/db/src/lease/claim.ts';
const LEAVE = 'packages/db/src/lease/leave.ts';
const CANCEL = 'packages/db/src/missions/cancel.ts';
const ORPHANS = 'packages/db/src/sweep/requeue-orphans.ts';
const RECORD = 'packages/db/src/deliveries/record.ts';
const BATCHER_FILE = 'packages/db/src/batcher.ts';

const ATTEMPT = ' AND m.attempt = i.attempt';
const MISSION_LOCK = '        ORDER BY m.id\n        FOR NO KEY UPDATE OF m\n';
const ACCOUNT_LOCK = '        ORDER BY a.id\n        FOR NO KEY UPDATE\n';

/** The same guards in each of the statements that write a running mission. */
const ofEveryWrite: Mutant[] = Object.entries(WRITES).flatMap(([what, file]) => [
  {
    name: `${what} without its attempt`,
    file,
    find: file === WRITES['a response'] ? [ATTEMPT, ' AND m.attempt = o.attempt'] : ATTEMPT,
    replace: '',
    tests: [...FENCING, ...MODEL],
  },
  {
    name: `${what} of what does not run`,
    file,
    find: `m.status::text = 'running'`,
    replace: 'true',
    tests: [...FENCING, ...MODEL],
  },
  { name: `${what} without the row’s lock`, file, find: MISSION_LOCK, replace: '', tests: FENCING },
  { name: `${what} without the order of locks`, file, find: '        ORDER BY m.id\n', replace: '', tests: ORDER },
]);

export const MUTANTS: Mutant[] = [
  ...ofEveryWrite,
  {
    name: 'the record of a delivery without its attempt',
    file: RECORD,
    find: 'd.attempt = i.attempt AND ',
    replace: '',
    tests: [...SWEEP, ...MODEL],
  },
  {
    name: 'the record of a delivery that is settled',
    file: RECORD,
    find: ` AND d.status::text = 'pending'`,
    replace: '',
    tests: RACES,
  },
  {
    name: 'a response that skips a step',
    file: WRITES['a response'],
    find: ' AND m.step_count = o.number - 1',
    replace: '',
    tests: FENCING,
  },
  {
    name: 'another attempt’s response taken for a repeated one',
    file: WRITES['a response'],
    find: ' AND s.attempt = o.attempt',
    replace: '',
    tests: FENCING,
  },
  {
    name: 'outcomes matched on the mission alone',
    file: WRITES['a response'],
    find: ' ${row.attempt}`));\n  return items.map((item) => (committed.has(`${item.missionId} ${item.attempt}`)',
    replace: '`));\n  return items.map((item) => (committed.has(`${item.missionId}`)',
    tests: BATCHER,
  },
  {
    name: 'a second result for a tool call',
    file: WRITES['a tool result'],
    find: ` AND t.status::text <> 'completed'`,
    replace: '',
    tests: FENCING,
  },
  {
    name: 'the start of a tool call that is over',
    file: WRITES['the start of a tool call'],
    find: ` AND t.status::text = 'pending'`,
    replace: '',
    tests: MODEL,
  },
  {
    name: 'a leave that does not see the cancel',
    file: LEAVE,
    find: `CASE WHEN m.cancel_requested_at IS NULL THEN i.status ELSE 'cancelled' END AS next`,
    replace: 'i.status AS next',
    tests: FENCING,
  },
  {
    name: 'a leave without the account’s lock',
    file: LEAVE,
    find: ACCOUNT_LOCK,
    replace: '',
    tests: [...RACES, ...FAIRNESS],
  },
  {
    name: 'a requeue that does not see the cancel',
    file: ORPHANS,
    find: `CASE WHEN m.cancel_requested_at IS NOT NULL THEN 'cancelled'::mission_status\n                    WHEN`,
    replace: 'CASE WHEN',
    tests: SWEEP,
  },
  {
    name: 'a requeue of what a living worker runs',
    file: ORPHANS,
    find: ' AND w.lease_expires_at <= now()',
    replace: '',
    tests: SWEEP,
  },
  {
    name: 'a claim by a worker without a lease',
    file: CLAIM,
    find: ' AND w.lease_expires_at > now()',
    replace: '',
    tests: LIFE,
  },
  {
    name: 'a claim by a worker that stopped',
    file: CLAIM,
    find: ' AND w.stopped_at IS NULL AND w.lease_expires_at > now()',
    replace: '',
    tests: MODEL,
  },
  { name: 'a claim of the unqueued', file: CLAIM, find: `m.status::text = 'queued'`, replace: 'true', tests: LIFE },
  {
    name: 'a claim that does not raise the attempt',
    file: CLAIM,
    find: 'attempt = m.attempt + 1',
    replace: 'attempt = GREATEST(1, m.attempt)',
    tests: [...FENCING, ...MODEL],
  },
  { name: 'a claim of what is paused', file: CLAIM, find: ' AND m.paused_at IS NULL', replace: '', tests: LIFE },
  { name: 'a claim of what is not due', file: CLAIM, find: ' AND m.run_after <= now()', replace: '', tests: LIFE },
  {
    name: 'a claim without the account’s lock',
    file: CLAIM,
    find: ACCOUNT_LOCK,
    replace: '',
    tests: [...RACES, ...FAIRNESS],
  },
  { name: 'a claim without the row’s lock', file: CLAIM, find: MISSION_LOCK, replace: '', tests: FENCING },
  {
    name: 'a claim beyond the account’s limit',
    file: CLAIM,
    find: 'a.room >= row_number()',
    replace: 'true OR 0 < row_number()',
    tests: FAIRNESS,
  },
  {
    name: 'two suspects claimed at once',
    file: CLAIM,
    find: 'WHERE NOT suspect OR suspects = 1',
    replace: 'WHERE true',
    tests: SWEEP,
  },
  {
    name: 'a suspect claimed beside another',
    file: CLAIM,
    find: 'm.worker_deaths < ${WORKER_DEATHS_UNTIL_SUSPECT}::int OR NOT EXISTS',
    replace: 'true OR m.worker_deaths < ${WORKER_DEATHS_UNTIL_SUSPECT}::int OR NOT EXISTS',
    tests: [...SWEEP, ...RACES],
  },
  {
    name: 'a suspect condemned while others die too',
    file: 'packages/db/src/sweep/requeue-orphans.ts',
    find: ' AND NOT ${OTHERS_DIE_TOO}',
    replace: '',
    tests: SWEEP,
  },
  {
    name: 'a suspect excused for ever',
    file: 'packages/db/src/sweep/requeue-orphans.ts',
    find: 'm.worker_deaths + 1 >= ${WORKER_DEATHS_AT_MOST}::int',
    replace: 'false',
    tests: SWEEP,
  },
  {
    name: 'a lease renewed after its end',
    file: 'packages/db/src/lease/heartbeat.ts',
    find: ' AND stopped_at IS NULL AND lease_expires_at > now()',
    replace: '',
    tests: FENCING,
  },
  { name: 'a cancel without the row’s lock', file: CANCEL, find: ' FOR NO KEY UPDATE', replace: '', tests: FENCING },
  ...(
    [
      [ORPHANS, 'FOR NO KEY UPDATE OF m SKIP LOCKED'],
      ['packages/db/src/sweep/end-overdue.ts', 'FOR NO KEY UPDATE OF m SKIP LOCKED'],
      ['packages/db/src/lease/wake.ts', 'FOR NO KEY UPDATE OF h SKIP LOCKED'],
      ['packages/db/src/sweep/ring-or-hold-back.ts', 'FOR NO KEY UPDATE OF m SKIP LOCKED'],
    ] as const
  ).map(([file, find]) => ({
    name: `${file.replace(/.*\/|\.ts/g, '')} waits for rows that somebody holds`,
    file,
    find,
    replace: find.replace(' SKIP LOCKED', ''),
    tests: RACES,
  })),
  {
    name: 'a delivery claimed before it is due',
    file: 'packages/db/src/deliveries/claim.ts',
    find: ' AND d.next_attempt_at <= now()',
    replace: '',
    tests: SWEEP,
  },
  {
    name: 'two items of a key in a batch',
    file: BATCHER_FILE,
    find: 'fits && !keys.has(key)',
    replace: 'fits',
    tests: BATCHER,
  },
  {
    name: 'an item that overtakes an earlier one of its key',
    file: BATCHER_FILE,
    find: '      keys.add(key);',
    replace: '      if (fits) keys.add(key);',
    tests: BATCHER,
  },
  {
    name: 'a batch of any number of rows',
    file: BATCHER_FILE,
    find: 'batch.length < options.maxRows',
    replace: 'true',
    tests: BATCHER,
  },
  {
    name: 'a batch of any size',
    file: BATCHER_FILE,
    find: 'bytes + size <= options.maxBytes',
    replace: 'true',
    tests: BATCHER,
  },
  {
    name: 'a bad row that fails its whole batch',
    file: BATCHER_FILE,
    find: 'batch.length === 1 || options.isShared(error)',
    replace: 'true',
    tests: BATCHER,
  },
  {
    name: 'a batch repeated one by one while the database is gone',
    file: BATCHER_FILE,
    find: 'batch.length === 1 || options.isShared(error)',
    replace: 'batch.length === 1',
    tests: BATCHER,
  },
  {
    name: 'a deadlock that is not repeated',
    file: 'packages/db/src/statement.ts',
    find: 'isToBeRepeated(error) && go < REPEATS',
    replace: 'false',
    tests: FENCING,
  },
  ...DELIVERED,
  ...HANDED_ON,
  ...PARKED,
  ...MONEY,
  ...ASKED_TWICE,
  ...ACCESS,
  ...OUTSIDE,
  ...LOOPS,
  ...OWN_TOOLS,
  ...VERSIONED,
  ...READ,
  ...STRANGERS,
];
