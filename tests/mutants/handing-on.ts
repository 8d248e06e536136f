/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const REPEATED = ['tests/integration/db/repeated-leave.test.ts'];
const TIMING = ['tests/integration/db/timing.test.ts'];
const FAIR_SWEEP = ['tests/integration/db/fair-sweep.test.ts'];

const LEAVE = 'packages/db/src/lease/leave.ts';
const DUE = 'packages/db/src/sweep/ring-due.ts';
const HOLD_BACK = 'packages/db/src/sweep/ring-or-hold-back.ts';

const RING = 'apps/worker/src/ring-missions.ts';
const FULL_QUEUE = ['tests/integration/worker/full-queue.test.ts'];

const AGENTS_OFF = ['tests/integration/db/switched-off-agents.test.ts'];

/** Guards of what a mission hands on when it leaves, and of whom the sweep hands it to. */
export const HANDED_ON: Mutant[] = [
  {
    name: 'a claim of what an agent that is off should do',
    file: 'packages/db/src/lease/claim.ts',
    find: ' AND NOT c.is_off',
    replace: '',
    tests: AGENTS_OFF,
  },
  {
    name: 'a claim of what was to be started by now',
    file: 'packages/db/src/lease/claim.ts',
    find: ' AND (m.expires_at IS NULL OR m.expires_at > now() OR m.started_at IS NOT NULL)',
    replace: '',
    tests: TIMING,
  },
  {
    name: 'a sweep that rings for an agent that is off',
    file: DUE,
    find: "m.status_code IS DISTINCT FROM 'agent_off' OR NOT ${isOff}",
    replace: 'true',
    tests: AGENTS_OFF,
  },
  {
    name: 'a version that is on though those before it are off',
    file: 'packages/db/src/agents/put.ts',
    find: '(SELECT switched_off_at FROM newest)',
    replace: 'NULL',
    tests: AGENTS_OFF,
  },
  {
    name: 'a leave that does not know its own again',
    file: LEAVE,
    find: `(m.status::text = 'running' OR m.left_attempt = m.attempt)`,
    replace: `m.status::text = 'running'`,
    tests: REPEATED,
  },
  {
    name: 'a leave that leaves again what it has left',
    file: LEAVE,
    find: ` AND m.status::text = 'running'\n        RETURNING`,
    replace: '\n        RETURNING',
    tests: REPEATED,
  },
  {
    name: 'a leave that forgets that it was made',
    file: LEAVE,
    find: 'left_attempt = m.attempt, status_at',
    replace: 'status_at',
    tests: REPEATED,
  },
  {
    name: 'a sweep that rings nobody while the queue is full',
    file: DUE,
    find: '(${inLine(pool, NEVER_RUNG, SWEEP_BATCH_ROWS)})',
    replace: '(${inLine(pool, NEVER_RUNG, room)})',
    tests: TIMING,
  },
  {
    name: 'a queue that is filled further than its workers have use for',
    file: HOLD_BACK,
    find: 'r.is_new OR ${room}::int',
    replace: 'true OR ${room}::int',
    tests: FULL_QUEUE,
  },
  {
    name: 'a full queue that is not asked for what it has lost',
    file: RING,
    find: 'if (room === 0) await ringLost(pool.pool, until);',
    replace: 'void ringLost;',
    tests: FULL_QUEUE,
  },
  {
    name: 'a full queue that keeps the sweep from the moments of others',
    file: RING,
    find: 'const isHungry = await topUp(pool.pool, { room, until });',
    replace: 'const isHungry = room === 0 || (await topUp(pool.pool, { room, until }));',
    tests: FULL_QUEUE,
  },
  {
    name: 'a bell that an outage of the database swallows',
    file: 'apps/worker/src/run-mission.ts',
    find: 'if (!(error instanceof DatabaseUnavailableError)) throw error;\n      }\n      await',
    replace: 'throw error;\n      }\n      await',
    tests: ['apps/worker/src/run-mission.test.ts'],
  },
  {
    name: 'a worker without a lease that takes bells',
    file: 'apps/worker/src/adjust-taking.ts',
    find: ' || !hasLease',
    replace: '',
    tests: ['apps/worker/src/adjust-taking.test.ts'],
  },
  {
    name: 'a drain that puts what it hands over behind all that lies queued',
    file: 'apps/worker/src/run-mission.ts',
    find: "front: code === 'draining'",
    replace: 'front: false',
    tests: ['apps/worker/src/run-mission.test.ts'],
  },
  {
    name: 'a bell that is written down for one that was put off',
    file: HOLD_BACK,
    find: 'm.paused_at IS NULL AND m.run_after <= now() AND ${UNRUNG}',
    replace: 'm.paused_at IS NULL AND ${UNRUNG}',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a moment that is rung for twice',
    file: HOLD_BACK,
    find: 'm.run_after <= now() AND ${UNRUNG}',
    replace: 'm.run_after <= now()',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a sweep that turns away what was just paused',
    file: HOLD_BACK,
    find: ' AND m.paused_at IS NULL AND m.run_after <= now() AND ${UNRUNG}',
    replace: ' AND m.run_after <= now() AND ${UNRUNG}',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a sweep that rings more of an account than it has room for',
    file: HOLD_BACK,
    find: 'a.id IS NULL OR a.room - k.rung >=',
    replace: 'true OR a.room - k.rung >=',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a sweep that leaves a crowd where it hides those behind it',
    file: HOLD_BACK,
    find: 'c.is_its_turn AND COALESCE(k.missions > a.room - k.rung, false) AS is_crowded',
    replace: 'false AS is_crowded',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a sweep that holds back whom no free slot wakes',
    file: HOLD_BACK,
    find: 'FROM locked WHERE is_turned_away)',
    replace: 'FROM locked WHERE false)',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a sweep that judges an account by what it was',
    file: HOLD_BACK,
    find: 'ORDER BY a.id\n      FOR NO KEY UPDATE',
    replace: 'ORDER BY a.id',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a sweep that does not know again whom of a batch it has rung',
    file: HOLD_BACK,
    find: 'h.run_after, h.id',
    replace: 'h.run_after',
    tests: FAIR_SWEEP,
  },
  {
    name: 'a turn of the sweep that ends before a crowd',
    file: RING,
    find: 'turnedAway.length === 0 ||',
    replace: 'turnedAway.length >= 0 ||',
    tests: FULL_QUEUE,
  },
  {
    name: 'a full queue behind whose lost bells nobody is looked for',
    file: RING,
    find: 'taken.length < lost.length ? SWEEP_BATCH_ROWS : LOOKED_FOR_AT_ONCE',
    replace: 'LOOKED_FOR_AT_ONCE',
    tests: FULL_QUEUE,
  },
];
