import type { Database } from '@flotilla/db';
import type { Fixture } from './fixture.ts';

/** `atMost`: the rows that it may read. */
export type PlanCase = [name: string, atMost: number, run: (db: Database) => Promise<unknown>];

/** Of each second of the ended missions; of each hundredth. */
export const AGENT_ID = 'agt_plans';
export const TAG = 'hundredth';
export const WITH_JOURNAL = `mis_${'1'.padStart(32, '0')}`;
const TO_ERASE = `mis_${'2'.padStart(32, '0')}`;
const AGENT = { name: 'a', version: null };
const ASKED = ['approval', 'input', 'tool', 'budget', 'operator'] as const;

/** What is only read by the lists: with something of so many missions, and of all that wait. */
export async function fillForReads({ sql, accountId }: Fixture, missions: number): Promise<void> {
  // By hand: the missions came while triggers were off.
  await sql.query('INSERT INTO mission_tags SELECT account_id, unnest(tags), id FROM missions');
  // The inbox among what was answered, and the log as batches write it: many events a transaction.
  await sql.query(
    `INSERT INTO answers (id, mission_id, account_id, kind, request, answered_at)
     SELECT new_id('ans'), id, account_id, 'input', '{}', CASE WHEN finished_at IS NOT NULL THEN now() END
     FROM missions WHERE status = 'waiting' OR id <= 'mis_' || lpad(to_hex(${missions}), 32, '0')`,
  );
  await sql.query(
    `DO $$ BEGIN
       FOR batch IN 1..100 LOOP
         INSERT INTO mission_events (mission_id, sequence, account_id, type)
         SELECT 'mis_' || lpad(to_hex(batch * 100 + n), 32, '0'), s, '${accountId}', 'step.completed'
         FROM generate_series(0, 99) n, generate_series(1, 4) s;
         COMMIT;
       END LOOP;
     END $$`,
  );
  await sql.query(
    `INSERT INTO idempotency_records (account_id, route, key, fingerprint, mission_id, expires_at)
     SELECT $1, 'POST /v1/missions', n::text, '', 'mis_' || lpad(to_hex(n), 32, '0'), now() + interval '1 day'
     FROM generate_series(1, ${missions}) n`,
    [accountId],
  );
}

/** What the lists and views of the API ask for, `inLine` being a queued mission. */
export function readCases({ accountId, inLine }: { accountId: string; inLine: string }): PlanCase[] {
  const page = { before: null, limit: 100 };
  const once = { accountId, route: 'POST /v1/missions' };
  return [
    [
      'a page of a session',
      150,
      (db) => db.missions.browse({ accountId, sessionId: 'ses_plans' }, { before: null, limit: 50 }),
    ],
    [
      'a page of what nothing of a session is',
      10,
      (db) => db.missions.browse({ accountId, sessionId: 'ses_plans', statuses: ['completed', 'waiting'] }, page),
    ],
    ['a page of an agent', 350, (db) => db.missions.browse({ accountId, agent: AGENT }, page)],
    [
      'a page of what nothing of an agent is',
      10,
      (db) => db.missions.browse({ accountId, agent: AGENT, statuses: ['failed', 'cancelled'] }, page),
    ],
    ['a page of a tag', 150, (db) => db.missions.browse({ accountId, tag: TAG }, page)],
    ['a page of a tag that nothing has', 10, (db) => db.missions.browse({ accountId, tag: 'no such tag' }, page)],
    [
      // No more than four thousand of a tag are looked through for one page: each in an index of its status, or, where few
      // pages are vacuumed, by its row.
      'a page of what nothing of a tag is',
      8_500,
      (db) => db.missions.browse({ accountId, tag: TAG, statuses: ['failed', 'cancelled', 'queued', 'waiting'] }, page),
    ],
    [
      // Those that run are looked through instead, and among them what has run since the last vacuum.
      'a page of what runs of a tag',
      2_000,
      (db) => db.missions.browse({ accountId, tag: TAG, statuses: ['running'] }, page),
    ],
    [
      // Once for each status, at most.
      'a page of what runs, or has failed, of a tag',
      8_500,
      (db) => db.missions.browse({ accountId, tag: TAG, statuses: ['failed', 'running'] }, page),
    ],
    [
      'a page of what is completed of a tag',
      350,
      (db) => db.missions.browse({ accountId, tag: TAG, statuses: ['completed'] }, page),
    ],
    ['a page of what is completed', 350, (db) => db.missions.browse({ accountId, statuses: ['completed'] }, page)],
    ['a page of what is cancelled', 10, (db) => db.missions.browse({ accountId, statuses: ['cancelled'] }, page)],
    [
      'a page of what nothing was created in',
      10,
      (db) => db.missions.browse({ accountId, createdAfter: new Date(Date.now() + 7_200_000) }, page),
    ],
    ['a place in the queue', 1_100, (db) => db.missions.queuePlace(accountId, inLine)],
    ['the asks of a mission', 20, (db) => db.missions.asks(accountId, inLine)],
    ['what a mission was answered', 20, (db) => db.missions.answersOf(inLine, 1)],
    ['the timings of a mission', 20, (db) => db.missions.timings(WITH_JOURNAL)],
    ['a page of the inbox', 310, (db) => db.missions.inbox({ accountId, kinds: ASKED, after: null, limit: 100 })],
    [
      'a page of the inbox without a match',
      10,
      (db) => db.missions.inbox({ accountId, kinds: ['approval', 'budget'], after: null, limit: 100 }),
    ],
    ['a page of the account’s log', 900, (db) => db.events.ofAccount({ accountId, after: null, limit: 100 })],
    [
      // No more of a log is looked through for one page.
      'a page of what is not in the account’s log',
      2_900,
      (db) => db.events.ofAccount({ accountId, after: null, types: ['mission.failed'], limit: 100 }),
    ],
    // Counted no further than the cap, and it is 10,000.
    ['what an account has', 11_200, (db) => db.accounts.standing(accountId)],
    ['an agent switched off', 20, (db) => db.switches.setAgentOff({ account: accountId, agent: 'a', off: true })],
    ['and on again', 20, (db) => db.switches.setAgentOff({ account: accountId, agent: 'a', off: false })],
    ['a key that is taken', 10, (db) => db.records.claim({ ...once, key: 'new', fingerprint: '' })],
    [
      'the answer that is kept for it',
      10,
      (db) => db.records.settle({ ...once, key: 'new', status: 200, response: {}, missionId: null }),
    ],
    ['a key that nobody is at work for', 10, (db) => db.records.forsake({ ...once, key: '17' })],
    ['a key that is given back', 10, (db) => db.records.drop({ ...once, key: '17' })],
    ['an erasure', 60, (db) => db.missions.erase(accountId, TO_ERASE)],
  ];
}
