import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { createFixture, type Fixture, respond, resultOf } from './fixture.ts';
import {
  ENDED,
  fillForPlans,
  IN_USE,
  LAST_SAID,
  PAST,
  QUEUED,
  RUNNING,
  SPEC,
  TO_ERASE,
  WAITING,
} from './plans-fill.ts';
import { deliveryCases } from './plans-of-deliveries.ts';
import { keyCases } from './plans-of-keys.ts';
import { type PlanCase, readCases, WITH_JOURNAL } from './read-cases.ts';

const UNFINISHED = ['queued', 'waiting', 'running'] as const;

/** What the tables were read by since the counters were last set to zero. */
type Reads = { scanned: string[]; rows: number };

const CONNECTIONS = `
  SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'`;

const READS = `
  SELECT COALESCE(array_agg(relname::text) FILTER (WHERE seq_scan > 0), '{}') AS scanned,
         COALESCE(sum(seq_tup_read + idx_tup_fetch), 0)::int AS rows
  FROM pg_stat_user_tables
  WHERE relname IN ('missions', 'steps', 'tool_calls', 'mission_events', 'deliveries', 'usage_records', 'mission_tags',
                    'answers', 'idempotency_records', 'api_keys', 'sessions', 'session_memories', 'account_events')`;

/**
 * A connection tells its counts when it ends, so each statement has one of its own. Index scans alone prove nothing (the
 * wrong index may be read from end to end), so the rows are counted too.
 */
async function readsOf(f: Fixture, run: (db: Database) => Promise<unknown>): Promise<Reads> {
  const connections = async () => (await f.sql.query<{ pid: number }>(CONNECTIONS)).rows.map(({ pid }) => pid);
  const before = new Set(await connections());
  await f.sql.query('SELECT pg_stat_reset()');
  const another = await f.openAnother();
  try {
    await run(another.db);
  } finally {
    await another[Symbol.asyncDispose]();
  }
  // Told only when its server process is gone, which is after it was closed here.
  await waitFor(async () => (await connections()).every((pid) => before.has(pid)), { what: 'connections to be gone' });
  const { rows } = await f.sql.query<Reads>(READS);
  return rows[0] ?? { scanned: ['nothing was counted'], rows: -1 };
}

function isTooMuch({ scanned, rows }: Reads, atMost: number): boolean {
  return scanned.length > 0 || rows > atMost || rows < 0;
}

describe(`with ${ENDED} missions ended, ${QUEUED} queued and ${RUNNING} running`, () => {
  it('every statement finds its rows by an index, and reads hardly more than it needs', async () => {
    await using f = await createFixture();
    await fillForPlans(f);
    const workerId = await f.newWorker();
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 hour'`);
    const ids = async (status: string, count: number) => {
      const found = await f.sql.query<{ id: string }>(
        `SELECT id FROM missions WHERE status = $1::mission_status ORDER BY random() LIMIT $2`,
        [status, count],
      );
      return found.rows.map((row) => row.id);
    };
    const [first, inLine, ...rest] = await ids('queued', 101);
    if (!first || !inLine) throw new Error('there should be queued missions');
    const [ended] = await ids('completed', 1);
    const own = { missionId: first, attempt: 1 };
    const { accountId } = f;
    const finish = { status: 'completed', output: '' } as const;
    const page = { before: null, limit: 100 };
    const how = { accountId, once: true };

    // The rows a statement may read at most: some for each mission it is about, whatever lies around it.
    const cases: PlanCase[] = [
      ['claim', 20, (db) => db.lease.claim({ missionId: first, workerId })],
      ['99 claims', 2_000, (db) => Promise.all(rest.map((missionId) => db.lease.claim({ missionId, workerId })))],
      ['commit a response', 20, (db) => db.steps.commitResponse({ ...own, ...respond(1, 2) })],
      [
        '99 responses',
        2_000,
        (db) =>
          Promise.all(rest.map((missionId) => db.steps.commitResponse({ missionId, attempt: 1, ...respond(1, 2) }))),
      ],
      ['start a tool call', 20, (db) => db.steps.startToolCall({ ...own, step: 1, index: 0 })],
      ['commit a result', 20, (db) => db.steps.commitToolResult({ ...own, ...resultOf(1, 0) })],
      [
        'commit the last result, and the question that its tool has asked',
        20,
        (db) =>
          db.steps.commitToolResult({
            ...own,
            ...resultOf(1, 1),
            sideCall: { response: respond(1, 0).response, reservation: 1 },
          }),
      ],
      [
        'pay a question whose answer is of no use',
        30,
        (db) =>
          db.steps.commitUnusedCall({
            ...own,
            step: 1,
            index: 0,
            number: 1,
            response: respond(1, 0).response,
            reservation: 1,
          }),
      ],
      ['what was spent beside steps', 20, (db) => db.usage.besideSteps({ missionId: first, after: 0, upTo: 200 })],
      [
        'reserve for a call of a role',
        30,
        (db) => db.budgets.reserve({ ...own, number: 1, step: 2, tokens: 1, microUsd: 1, chainStage: 0 }),
      ],
      ['load a journal', 20, (db) => db.steps.read({ missionId: first, after: 0, limit: 200 })],
      ['finish', 20, (db) => db.lease.leave({ ...own, ...finish })],
      [
        '99 finishes',
        2_000,
        (db) => Promise.all(rest.map((missionId) => db.lease.leave({ missionId, attempt: 1, ...finish }))),
      ],
      // What it has held since the last vacuum leaves entries behind in the index of running missions.
      ['heartbeat', 300, (db) => db.lease.beat(workerId)],
      ['wake an account', 50, (db) => db.lease.wake([accountId])],
      ['orphans', 20, (db) => db.sweep.requeueOrphans()],
      ['overdue', 20, (db) => db.sweep.endOverdue()],
      ['late answers', 20, (db) => db.sweep.expireAnswers()],
      ['families', 50, (db) => db.sweep.settleFamilies()],
      ['counters', 1.1 * RUNNING, (db) => db.sweep.repairCounters()],
      ['counters of endpoints', 200, (db) => db.sweep.repairEndpoints()],
      ['workers long gone', 20, (db) => db.sweep.forgetWorkers()],
      // A batch of five thousand, looked at once for where it ends and once for what was spent.
      ['a batch of what was spent', 10_100, (db) => db.sweep.rollUpUsage()],
      ['due deliveries', 200, (db) => db.sweep.takeDueDeliveries()],
      ['a mission', 20, (db) => db.missions.read(accountId, ended ?? '')],
      ['a page of missions', 150, (db) => db.missions.list({ accountId, before: null, limit: 100 })],
      ['a page of events', 20, (db) => db.events.read({ missionId: first, after: 0, limit: 100 })],
      ['cancel', 20, (db) => db.missions.cancel(accountId, ended ?? '')],
      ['a page of dead letters', 150, (db) => db.missions.find({ accountId, statuses: ['failed'] }, page)],
      [
        'a page of dead letters of one code',
        50,
        (db) => db.missions.find({ accountId, statuses: ['failed'], code: 'max_steps' }, page),
      ],
      [
        'a page of what may be retried',
        150,
        (db) => db.missions.findIds({ accountId, statuses: ['failed'], isUnretried: true }, page),
      ],
      [
        // Those that run are few, and may be looked through whole; here and in a session.
        'a page of what may be cancelled',
        RUNNING + 500,
        (db) => db.missions.findIds({ accountId, statuses: UNFINISHED, isUncancelled: true }, page),
      ],
      [
        'a page of what a session has to be cancelled',
        RUNNING + 500,
        (db) => db.missions.findIds({ accountId, statuses: UNFINISHED, sessionId: 'ses_plans' }, page),
      ],
      // All that is unfinished, and nothing of what has ended.
      [
        'a bulk cancel that matches nothing',
        1.05 * (QUEUED + RUNNING + WAITING),
        (db) => db.missions.findIds({ accountId, statuses: UNFINISHED, isUncancelled: true, tag: 'no such tag' }, page),
      ],
      [
        'a bulk cancel that matches nothing of a stranger',
        2 * RUNNING,
        (db) => db.missions.findIds({ accountId: 'acc_none', statuses: UNFINISHED, tag: 'no such tag' }, page),
      ],
      ['missions at their moment', 500, (db) => db.sweep.takeUnrung([first, ...rest])],
      ['a leave that is sent again', 30, (db) => db.lease.leave({ ...own, ...finish })],
      [
        'what a session has said before',
        250,
        (db) => db.sessions.earlier({ sessionId: 'ses_plans', missionId: LAST_SAID, messages: 50 }),
      ],
      ['how far a mission has come', 5, (db) => db.events.newest(first)],
      [
        'who is behind in a hundred missions',
        300,
        (db) => db.events.readBehind(rest.map((missionId, reader) => ({ reader, missionId, after: 0 }))),
      ],
      [
        'what is new in a hundred missions',
        300,
        (db) =>
          db.events.readNew({
            positions: rest.map((missionId, reader) => ({ reader, missionId, after: 0 })),
            limit: 50,
          }),
      ],
      ...readCases({ accountId, inLine }),
      ['the newest summary of a mission', 5, (db) => db.steps.readSummary(first)],
      [
        'a page of children',
        20,
        (db) => db.missions.list({ accountId, parentMissionId: ended ?? '', before: null, limit: 50 }),
      ],
      [
        'a retry of a mission with a journal',
        60,
        (db) =>
          db.missions.copy([{ kind: 'retry', id: createId('mission'), sourceId: WITH_JOURNAL, from: 'start' }], how),
      ],
      [
        'a fork of a mission with a journal',
        60,
        (db) =>
          db.missions.copy(
            [{ kind: 'fork', id: createId('mission'), sourceId: WITH_JOURNAL, upTo: 3, spec: SPEC }],
            how,
          ),
      ],
      ...(await deliveryCases(f, WITH_JOURNAL)),
      ...keyCases(f),
      ['what is past its retention', 50, (db) => db.sweep.findPurgeable([])],
      ['a mission past its retention', 60, (db) => db.sweep.purge([PAST])],
      ['old events of accounts', 10, (db) => db.sweep.purgeAccountEvents()],
      ['old deliveries of accounts', 50, (db) => db.sweep.purgeAccountDeliveries()],
      // A batch of fifty: each with its account and the newest of its missions, and written.
      ['sessions that may be out of use', 300, (db) => db.sweep.forgetSessions()],
      ['the erasure of a session', 200, (db) => db.sessions.erase(accountId, TO_ERASE)],
      ['the erasure of a long session that is in use', 20, (db) => db.sessions.erase(accountId, IN_USE)],
      // Counted no further than the cap, and it is 10,000.
      ['the backlog of an account', 10_100, (db) => db.backlog.admit(accountId, 1, async () => null).catch(() => null)],
    ];
    const found: unknown[] = [];
    for (const [name, atMost, run] of cases) {
      // What another connection tells late falls into one measurement; what the statement reads shows in each.
      let reads = await readsOf(f, run);
      for (let again = 0; again < 2 && isTooMuch(reads, atMost); again++) reads = await readsOf(f, run);
      if (isTooMuch(reads, atMost)) found.push({ name, ...reads, atMost });
    }
    expect(found).toEqual([]);

    // The sweep's pick walks the index of what is due in its order, past what was rung just now.
    await f.sql.query(`UPDATE missions SET rung_at = NULL WHERE status = 'queued'`);
    await f.sql.query('VACUUM ANALYZE missions');
    const pick = await readsOf(f, (db) => db.sweep.takeDueMissions('default', 500));
    expect(pick).toMatchObject({ scanned: [] });
    expect(pick.rows).toBeLessThan(5_000);

    // Nor does it look further where their account has room for none of them.
    await f.sql.query('UPDATE accounts SET max_running = running');
    const crowd = await readsOf(f, async (db) => {
      expect((await db.sweep.takeDueMissions('default', 500)).turnedAway).toHaveLength(500);
    });
    expect(crowd).toMatchObject({ scanned: [] });
    expect(crowd.rows).toBeLessThan(5_000);
    await f.sql.query('UPDATE accounts SET max_running = 1000000');

    // Who has no bell is found without a look at the many that have one, and so are the first of these in line.
    await f.sql.query(`UPDATE missions SET rung_at = now(), status_code = NULL WHERE status = 'queued'`);
    await f.sql.query('VACUUM ANALYZE missions');
    const beyond = await readsOf(f, (db) => db.sweep.takeDueMissions('default', 0));
    expect(beyond).toMatchObject({ scanned: [] });
    expect(beyond.rows).toBeLessThan(50);
    await f.sql.query(`UPDATE missions SET rung_at = now() - interval '1 minute' WHERE status = 'queued'`);
    await f.sql.query('VACUUM ANALYZE missions');
    const unanswered = await readsOf(f, (db) => db.sweep.readUnanswered('default', 25));
    expect(unanswered).toMatchObject({ scanned: [] });
    expect(unanswered.rows).toBeLessThan(200);

    // The count of the backlog reads what is queued, once, and nothing of what has ended.
    const count = await readsOf(f, (db) => db.sweep.countPoolBacklogs());
    expect(count).toMatchObject({ scanned: [] });
    expect(count.rows).toBeLessThan(1.2 * (QUEUED + RUNNING));
  }, 600_000);
});
