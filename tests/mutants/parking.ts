/* oxlint-disable no-template-curly-in-string -- pieces of source, as they stand in the files */
import type { Mutant } from './mutant.ts';

const PARKING = ['tests/integration/db/parking.test.ts'];
const SESSIONS = ['tests/integration/db/sessions.test.ts'];
const SESSION_RACES = ['tests/integration/races/sessions.test.ts'];
const FAIRNESS = ['tests/integration/db/fairness.test.ts'];
const COPY = ['tests/integration/db/copy.test.ts'];

const ANSWER = 'packages/db/src/missions/answer.ts';
const EXPIRE = 'packages/db/src/sweep/expire-answers.ts';
const LEAVE = 'packages/db/src/lease/leave.ts';
const PARENTS = 'packages/db/src/missions/wake-parents.ts';
const AFTERMATH = 'packages/db/src/missions/aftermath.ts';
const TURN = 'packages/db/src/lease/turn.ts';
const WAKE = 'packages/db/src/lease/wake.ts';
const COPIES = 'packages/db/src/missions/copy.ts';

/** Guards of what waits, of what a mission starts, of sessions, and of missions made of missions. */
export const PARKED: Mutant[] = [
  {
    name: 'an ask answered twice',
    file: ANSWER,
    find: 'WHERE a.id = k.id AND NOT k.taken AND',
    replace: 'WHERE a.id = k.id AND',
    tests: PARKING,
  },
  {
    name: 'an ask answered after its time',
    file: ANSWER,
    find: 'COALESCE(a.expires_at <= now(), false) AND a.answer IS NULL AS late',
    replace: 'false AS late',
    tests: PARKING,
  },
  {
    name: 'an answer that does not wait for the children',
    file: ANSWER,
    find: `f.pending_answers = 1 AND \${hasNoChildLeft('f')} AS is_last`,
    replace: 'f.pending_answers = 1 AS is_last',
    tests: PARKING,
  },
  {
    name: 'an expiry that does not wait for the other answers',
    file: EXPIRE,
    find: 'f.pending_answers = e.answers AND f.alone AS is_last',
    replace: 'f.alone AS is_last',
    tests: PARKING,
  },
  {
    name: 'a parent that does not wait for its answers',
    file: PARENTS,
    find: ' AND m.pending_answers = 0',
    replace: '',
    tests: PARKING,
  },
  {
    name: 'a parent that does not wait for its last child',
    file: PARENTS,
    find: `          AND \${hasNoChildLeft('m')}\n`,
    replace: '',
    tests: PARKING,
  },
  {
    name: 'a park that does not see the cancel and asks all the same',
    file: LEAVE,
    find: `        WHERE l.status = 'waiting'\n`,
    replace: '',
    tests: PARKING,
  },
  { name: 'a child as high as its parent', file: LEAVE, find: 'l.depth + 1', replace: 'l.depth', tests: PARKING },
  {
    name: 'children that their parent does not count',
    file: LEAVE,
    find: `CASE o.next WHEN 'waiting' THEN o.new_children ELSE 0 END`,
    replace: '0',
    tests: PARKING,
  },
  {
    name: 'children that outlive their parent',
    file: AFTERMATH,
    find: 'parents.length > 0 ? await cancelChildren(client, parents) : []',
    replace: '[] as Awaited<ReturnType<typeof cancelChildren>>',
    tests: PARKING,
  },
  {
    name: 'a claim beside the mission that has the session',
    file: TURN,
    find: 'COALESCE((SELECT active.finished_at IS NOT NULL FROM missions active WHERE active.id = s.active_mission_id), true)',
    replace: 'true',
    tests: SESSIONS,
  },
  {
    name: 'a claim before those that were accepted earlier',
    file: TURN,
    find: '(earlier.created_at, earlier.id) < (${m}.created_at, ${m}.id)',
    replace: 'false',
    tests: SESSIONS,
  },
  {
    name: 'a session in the order of the ids',
    file: TURN,
    find: '(earlier.created_at, earlier.id) < (${m}.created_at, ${m}.id)',
    replace: 'earlier.id < ${m}.id',
    tests: SESSIONS,
  },
  {
    name: 'what a session said in the order of the ids',
    file: 'packages/db/src/sessions/earlier.ts',
    find: '(m.created_at, m.id) < (b.created_at, b.id)',
    replace: 'm.id < b.id',
    tests: SESSIONS,
  },
  {
    name: 'children beyond the backlog cap',
    file: 'apps/worker/src/start-children.ts',
    find: 'if (children.length === 0) return leave();',
    replace: 'if (children.length >= 0) return leave();',
    tests: ['tests/integration/worker/children.test.ts'],
  },
  {
    name: 'a mission past its time that keeps what it was rung for',
    file: 'packages/db/src/sweep/end-overdue.ts',
    find: `\${wakesAnother('m')} AS wakes`,
    replace: 'false AS wakes',
    tests: FAIRNESS,
  },
  {
    name: 'a claim in a session that changed hands meanwhile',
    file: 'packages/db/src/lease/claim.ts',
    find: 's.active_mission_id IS NOT DISTINCT FROM seen.active_mission_id AND ',
    replace: '',
    tests: SESSION_RACES,
  },
  {
    name: 'a session’s wake that passes by who is being turned away',
    file: 'packages/db/src/missions/wake-sessions.ts',
    find: 'FOR NO KEY UPDATE OF m',
    replace: 'FOR NO KEY UPDATE OF m SKIP LOCKED',
    tests: SESSION_RACES,
  },
  {
    name: 'a wake for a mission whose session is taken',
    file: WAKE,
    find: `            AND (h.session_id IS NULL OR \${isItsTurn('h')})\n`,
    replace: '',
    tests: FAIRNESS,
  },
  {
    name: 'a wake for a mission whose pool is paused',
    file: WAKE,
    find: '            AND NOT EXISTS (SELECT FROM pools p WHERE p.name = h.pool AND p.paused_at IS NOT NULL)\n',
    replace: '',
    tests: FAIRNESS,
  },
  {
    name: 'a pause that keeps what the mission was rung for',
    file: 'packages/db/src/missions/pause.ts',
    find: `status !== 'queued' || (`,
    replace: 'Boolean(1) || (',
    tests: [...FAIRNESS, ...SESSIONS],
  },
  {
    name: 'a cancel that keeps what the mission was rung for',
    file: 'packages/db/src/missions/cancel.ts',
    find: '...(found.wakes === true && { wakes: true })',
    replace: '',
    tests: FAIRNESS,
  },
  {
    name: 'an answer that no mending made valid, copied to fail the retry',
    file: COPIES,
    find: ` OR m.status_code = 'output_invalid'`,
    replace: '',
    tests: COPY,
  },
  {
    name: 'a copied step that is paid again',
    file: COPIES,
    find: '0, s.tries',
    replace: 's.attempt, s.tries',
    tests: COPY,
  },
  {
    name: 'a copied call that is told again',
    file: COPIES,
    find: 't.status, NULL, t.result',
    replace: 't.status, t.attempt, t.result',
    tests: COPY,
  },
  {
    name: 'a mission retried twice in bulk',
    file: COPIES,
    find: 'lock: once ? items.map((item) => item.sourceId) : []',
    replace: 'lock: []',
    tests: COPY,
  },
  {
    name: 'a retry of what has not ended',
    file: COPIES,
    find: 'ELSE p.finished_at IS NOT NULL AND NOT',
    replace: 'ELSE NOT',
    tests: COPY,
  },
  {
    name: 'a stranger’s mission that is copied',
    file: COPIES,
    find: ' AND m.account_id = ${accountId}',
    replace: '',
    tests: COPY,
  },
  {
    name: 'a fork after the step that ended the mission',
    file: COPIES,
    find: ' AND NOT (p.is_over AND p.up_to = p.step_count)',
    replace: '',
    tests: COPY,
  },
];
