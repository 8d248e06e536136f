import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hold, waiters } from '../../harness/index.ts';
import { CANARY, playAll, tablesWith } from './erase-steps.ts';
import { createFixture, type Fixture, parkFor, respond, violations } from './fixture.ts';

/** Keeps how many missions each statement has deleted. */
async function countDeleted({ sql }: Fixture): Promise<() => Promise<number[]>> {
  await sql.query(`
    CREATE TABLE deleted_together (number serial, missions int);
    CREATE FUNCTION count_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO deleted_together (missions) SELECT count(*) FROM gone;
      RETURN NULL;
    END $$;
    CREATE TRIGGER count_deleted AFTER DELETE ON missions REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
      EXECUTE FUNCTION count_deleted()`);
  return async () => {
    const { rows } = await sql.query<{ missions: number }>('SELECT missions FROM deleted_together ORDER BY number');
    return rows.map(({ missions }) => missions);
  };
}

describe('an erased session', () => {
  let f: Fixture;
  beforeAll(async () => {
    f = await createFixture();
  });
  afterAll(() => f[Symbol.asyncDispose]());

  it('is nowhere any more but in the ledger, with its plan, its memories, its missions and those that they started', async () => {
    const { missionId, childId, sessionId } = await playAll(f);
    const run = await f.newRunning({ sessionId, endpointId: null });
    await f.db.plans.write({ ...run, items: [{ text: CANARY, done: false }] });
    await f.db.memories.write({ ...run, key: CANARY, content: CANARY });
    const erase = (accountId = f.accountId) => f.db.sessions.erase(accountId, sessionId);
    expect(await erase()).toEqual({ kind: 'not_ended', who: 'itself', status: 'running', hasBegun: false });
    expect(await f.statusOf(missionId)).toBe('completed');
    await f.db.lease.leave({ ...run, status: 'completed', output: CANARY });
    expect(await erase('acc_other')).toEqual({ kind: 'not_found' });
    const before = await tablesWith(f, CANARY);
    expect(before).toEqual(expect.arrayContaining(['session_memories', 'sessions', 'missions', 'tool_calls']));

    expect(await erase()).toEqual({ kind: 'erased' });
    expect(await tablesWith(f, sessionId)).toEqual(['usage_records']);
    expect(await tablesWith(f, childId)).toEqual([]);
    expect(await tablesWith(f, CANARY)).toEqual(['webhook_endpoints']);
    expect(await violations(f)).toEqual([]);
    expect(await erase()).toEqual({ kind: 'not_found' });
  });

  it('stays, with all its missions, while one that they started has not ended', async () => {
    const sessionId = await f.newSession();
    const parent = await f.newRunning({ sessionId, endpointId: null });
    await f.db.steps.commitResponse({ ...parent, ...respond(1, 1) });
    const park = parkFor({ step: 1, asks: 0, children: 1 });
    await f.db.lease.leave({ ...parent, ...park });
    const child = await f.db.lease.claim({ missionId: park.children[0]?.id ?? '', workerId: parent.workerId });
    expect(child).not.toBe('not_ours');
    await f.db.missions.cancel(f.accountId, parent.missionId);
    const outcome = await f.db.sessions.erase(f.accountId, sessionId);
    expect(outcome).toEqual({ kind: 'not_ended', who: 'descendant', status: 'running', hasBegun: false });
    expect(await f.statusOf(parent.missionId)).toBe('cancelled');
  });

  it('stays for a mission that is just being stored', async () => {
    const sessionId = await f.newSession();
    await using stored = await hold(
      f,
      `INSERT INTO missions (id, account_id, session_id, spec, spec_version, priority)
       VALUES ('mis_1', '${f.accountId}', '${sessionId}', '{}', 1, 5)`,
    );
    const erased = f.db.sessions.erase(f.accountId, sessionId);
    await waiters(f, 1);
    await stored.letGo();
    expect(await erased).toEqual({ kind: 'not_ended', who: 'itself', status: 'queued', hasBegun: false });
    const { rows } = await f.sql.query(`SELECT session_id FROM missions WHERE id = 'mis_1'`);
    expect(rows).toEqual([{ session_id: sessionId }]);
  });

  it('stays with what is left of it as soon as a mission is posted into it, and says that some is gone', async () => {
    const sessionId = await f.newSession();
    await f.sql.query(
      `INSERT INTO missions (id, account_id, session_id, spec, spec_version, priority, status, status_code, finished_at)
       SELECT new_id('mis'), $1, $2, '{}', 1, 5, 'cancelled', 'cancelled', now() FROM generate_series(1, 110)`,
      [f.accountId, sessionId],
    );
    await f.sql.query(`
      CREATE FUNCTION post() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO missions (id, account_id, session_id, spec, spec_version, priority)
        VALUES ('mis_x', '${f.accountId}', '${sessionId}', '{}', 1, 5);
        RETURN NULL;
      END $$;
      CREATE TRIGGER post AFTER DELETE ON missions FOR EACH STATEMENT EXECUTE FUNCTION post()`);
    const outcome = await f.db.sessions.erase(f.accountId, sessionId);
    await f.sql.query('DROP TRIGGER post ON missions');
    expect(outcome).toEqual({ kind: 'not_ended', who: 'itself', status: 'queued', hasBegun: true });
    const { rows } = await f.sql.query('SELECT FROM missions WHERE session_id = $1', [sessionId]);
    expect(rows).toHaveLength(61);
  });

  it('is taken in statements that each have no more to delete than is done in time', async () => {
    const sessionId = await f.newSession();
    const ids = await Promise.all(Array.from({ length: 6 }, () => f.newMission({ sessionId, endpointId: null })));
    await Promise.all(ids.map((id) => f.db.missions.cancel(f.accountId, id)));
    const deletedTogether = await countDeleted(f);
    await f.sql.query('UPDATE missions SET event_sequence = 21000 WHERE id = ANY ($1)', [ids.toSorted().slice(0, 2)]);
    // Little hangs on the four others; and yet they take too long together.
    await f.sql.query(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN OLD; END $$;
      CREATE TRIGGER dawdle BEFORE DELETE ON missions FOR EACH ROW EXECUTE FUNCTION dawdle()`);
    await using impatient = await f.openAnother({ statementTimeoutMs: 1_000 });
    expect(await impatient.db.sessions.erase(f.accountId, sessionId)).toEqual({ kind: 'erased' });
    const together = await deletedTogether();
    expect(together.slice(0, 2)).toEqual([1, 1]);
    expect(together.reduce((sum, missions) => sum + missions, 0)).toBe(6);
    expect(Math.max(...together)).toBeLessThan(4);
  });
});
