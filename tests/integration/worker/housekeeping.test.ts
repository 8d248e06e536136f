import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { createHousekeeping } from '@flotilla/worker/housekeeping';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../db/fixture.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test', write: () => undefined });

let f: Fixture;
beforeEach(async () => {
  f = await createFixture();
});
afterEach(() => f[Symbol.asyncDispose]());

const housekeepingOf = (db: Pick<Database, 'sweep'>, isStopping = () => false) =>
  createHousekeeping({ db, logger, facts: { repaired: () => undefined }, isStopping });

async function newAccount(): Promise<string> {
  const name = createId('account');
  const { id } = await f.db.accounts.create({ name, tier: 'paid', maxRunning: 1, webhookSecret: 'sealed' });
  return id;
}

/** Missions that ended so long ago. */
async function end(missions: number, { accountId = f.accountId, daysAgo = 31, dragged = 0 } = {}): Promise<string[]> {
  const ids = Array.from({ length: missions }, () => createId('mission'));
  await f.sql.query(
    `INSERT INTO missions (id, account_id, spec, spec_version, priority, status, status_code, finished_at, event_sequence)
     SELECT id, $2, '{}', 1, 5, 'cancelled', 'cancelled', now() - $3 * interval '1 day', $4 FROM unnest($1::text[]) id`,
    [ids, accountId, daysAgo, dragged],
  );
  return ids;
}

/** Another process, of no patience: it takes a while to delete a mission, and this one for longer than a statement may. */
async function openWith(stuck = '') {
  await f.sql.query(`
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_sleep(CASE WHEN OLD.id = '${stuck}' THEN 30 ELSE 0.1 END);
      RETURN OLD;
    END $$;
    CREATE TRIGGER dawdle BEFORE DELETE ON missions FOR EACH ROW EXECUTE FUNCTION dawdle()`);
  return f.openAnother({ statementTimeoutMs: 1_000 });
}

const purgeOf = (parts: (() => Promise<void>)[]) => parts.find(({ name }) => name === 'purgeEnded');
const left = async () => (await f.sql.query<{ id: string }>('SELECT id FROM missions')).rows.map(({ id }) => id);

it('a session out of use, and what happened to an account and was told of it, go by themselves', async () => {
  const sessionId = await f.newSession();
  await f.sql.query(
    `UPDATE sessions SET updated_at = now() - interval '31 days', look_at = now() - interval '1 second'`,
  );
  await f.sql.query(
    `INSERT INTO account_events (id, account_id, type) VALUES ('evt_000000000001', $1, 'webhook_endpoint.disabled')`,
    [f.accountId],
  );
  await f.sql.query(
    `INSERT INTO deliveries (id, account_id, endpoint_id, event_type, status, finished_at)
     VALUES ('dlv_1', $1, $2, 'webhook_endpoint.disabled', 'delivered', now() - interval '31 days')`,
    [f.accountId, f.endpointId],
  );
  for (const part of housekeepingOf(f.db)()) await part();
  expect(await f.db.sessions.read(f.accountId, sessionId)).toBeNull();
  const { rows } = await f.sql.query('SELECT id FROM account_events UNION ALL SELECT id FROM deliveries');
  expect(rows).toEqual([]);
});

it('missions that take too long to delete together go in smaller batches, and one that never can keeps back no other, and nobody busy', async () => {
  const [stuck = ''] = await end(1, { daysAgo: 40 });
  await end(11);
  await using impatient = await openWith(stuck);
  const housekeeping = housekeepingOf(impatient.db);
  let failed = 0;
  let purge = purgeOf(housekeeping());
  for (let turn = 0; turn < 30 && purge; turn++) {
    await purge().catch(() => failed++);
    purge = purgeOf(housekeeping());
  }
  expect(await left()).toEqual([stuck]);
  expect(failed).toBeGreaterThan(1);
  // And for half a minute, nobody tries.
  expect(purge).toBeUndefined();
});

it('a mission that cannot be deleted keeps back no other while ever more of another account come due', async () => {
  const [stuck = ''] = await end(1, { accountId: await newAccount(), daysAgo: 40 });
  const others = await end(3, { accountId: await newAccount() });
  await using impatient = await openWith(stuck);
  const housekeeping = housekeepingOf(impatient.db);
  const areThere = async () => (await left()).some((id) => others.includes(id));
  for (let turn = 0; turn < 12 && (await areThere()); turn++) {
    // Of the account that is looked at first.
    await end(1);
    await purgeOf(housekeeping())?.().catch(() => undefined);
  }
  expect(await areThere()).toBe(false);
  expect(await left()).toContain(stuck);
});

it('a retention with a few missions due at any time rests like all housekeeping, and goes on alone where more are due', async () => {
  await end(3);
  let looked = 0;
  const findPurgeable: Database['sweep']['findPurgeable'] = async (passedBy) => {
    const found = await f.db.sweep.findPurgeable(passedBy);
    if (looked++ < 100) await end(1);
    return found;
  };
  const steady = housekeepingOf({ sweep: { ...f.db.sweep, findPurgeable } });
  await purgeOf(steady())?.();
  expect(looked).toBe(1);
  expect(steady()).toEqual([]);

  await end(2, { dragged: 50_000 });
  const behind = housekeepingOf(f.db, () => true);
  await purgeOf(behind())?.();
  expect(await left()).toHaveLength(2);
  const next = behind();
  expect(next.map(({ name }) => name)).toEqual(['purgeEnded']);
  await next[0]?.();
  await purgeOf(behind())?.();
  expect([await left(), behind()]).toEqual([[], []]);
});
