import { describe, expect, it } from 'vitest';
import { subscribe } from './delivery-steps.ts';
import { CANARY, playAll, tablesWith, webhookOf } from './erase-steps.ts';
import { createFixture, type Fixture, parkFor, respond, violations } from './fixture.ts';

const passAnHour = ({ sql }: Fixture) => sql.query(`UPDATE spare_endpoints SET since = since - interval '61 minutes'`);

it('an erased mission and those it started are nowhere any more, but in the ledger, which still adds up', async () => {
  await using f = await createFixture();
  const { missionId, childId, sessionId } = await playAll(f);
  const later = await f.newMission({ sessionId });
  const day = new Date().toISOString().slice(0, 10);
  const spent = () => f.db.usage.list({ accountId: f.accountId, from: day, to: day, after: null, limit: 10 });
  const [before, ledger] = [await tablesWith(f, missionId), await spent()];
  // One of everything, or the test proves nothing.
  expect(before).toEqual(
    expect.arrayContaining([
      'answers',
      'budgets',
      'deliveries',
      'idempotency_records',
      'mission_events',
      'mission_plans',
      'mission_tags',
      'missions',
      'sessions',
      'steps',
      'summaries',
      'tool_calls',
      'usage_records',
      'workspace_files',
    ]),
  );
  expect(await violations(f)).toEqual([]);

  expect(await f.db.missions.erase(f.accountId, missionId)).toEqual({ kind: 'erased' });
  expect(await tablesWith(f, missionId)).toEqual(['usage_records']);
  expect(await tablesWith(f, childId)).toEqual([]);
  expect(await tablesWith(f, CANARY)).toEqual(['webhook_endpoints']);
  await passAnHour(f);
  expect(await f.db.sweep.forgetEndpoints()).toBeGreaterThan(0);
  expect(await tablesWith(f, CANARY)).toEqual([]);
  expect(await spent()).toEqual(ledger);
  expect(await violations(f)).toEqual([]);
  expect(await f.db.missions.erase(f.accountId, missionId)).toEqual({ kind: 'not_found' });
  // The session goes on.
  await f.complete(later, await f.newWorker());
});

describe('what is not erased', () => {
  it('is what has not ended, itself or of its family, and what is another account’s', async () => {
    await using f = await createFixture();
    const erase = (missionId: string, accountId = f.accountId) => f.db.missions.erase(accountId, missionId);
    const queued = await f.newMission();
    expect(await erase(queued)).toEqual({ kind: 'not_ended', who: 'itself', status: 'queued' });
    const parent = await f.newRunning();
    expect(await erase(parent.missionId)).toEqual({ kind: 'not_ended', who: 'itself', status: 'running' });
    await f.db.steps.commitResponse({ ...parent, ...respond(1, 2) });
    const park = parkFor({ step: 1, asks: 0, children: 2 });
    const [first = '', second = ''] = park.children.map(({ id }) => id);
    await f.db.lease.leave({ ...parent, ...park });
    await f.complete(first, parent.workerId);
    // Its parent is still to be told what came of it.
    expect(await erase(first)).toEqual({ kind: 'not_ended', who: 'parent', status: 'waiting' });
    const running = await f.db.lease.claim({ missionId: second, workerId: parent.workerId });
    if (running === 'not_ours') throw new Error('the claim failed');
    await f.db.missions.cancel(f.accountId, parent.missionId);
    expect(await erase(parent.missionId)).toEqual({ kind: 'not_ended', who: 'descendant', status: 'running' });
    expect(await erase(first, 'acc_other')).toEqual({ kind: 'not_found' });
    for (const id of [queued, parent.missionId, first, second]) expect(await f.statusOf(id)).not.toBe('missing');

    await f.db.lease.leave({ missionId: second, attempt: running.attempt, status: 'completed', output: '' });
    expect(await erase(first)).toEqual({ kind: 'erased' });
    expect(await f.statusOf(second)).toBe('completed');
    expect(await erase(parent.missionId)).toEqual({ kind: 'erased' });
    expect(await f.statusOf(second)).toBe('missing');
  });
});

it('the audit takes no ledger for wrong whose missions are past their retention', async () => {
  await using f = await createFixture();
  const run = await f.newRunning({ endpointId: null });
  await f.db.steps.commitResponse({ ...run, ...respond(1, 0) });
  await f.db.lease.leave({ ...run, status: 'completed', output: '' });
  await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days'`);
  expect(await f.purge()).toBe(1);
  expect(await violations(f)).toEqual([]);
});

it('a webhook that was in hand when its mission was erased has its endpoint’s place no longer', async () => {
  await using f = await createFixture();
  const inHand = async () =>
    (await f.sql.query('SELECT in_flight AS count FROM webhook_endpoints WHERE id = $1', [f.endpointId])).rows;
  const run = await f.newRunning();
  const left = await f.db.lease.leave({ ...run, status: 'completed', output: '' });
  if (left === 'fenced') throw new Error('the end was fenced');
  const [deliveryId = ''] = left.deliveryIds;
  const claimed = await f.db.deliveries.claim(deliveryId);
  expect(await inHand()).toEqual([{ count: 1 }]);
  expect(await f.db.missions.erase(f.accountId, run.missionId)).toEqual({ kind: 'erased' });
  expect(await inHand()).toEqual([{ count: 0 }]);
  const posted = { url: '', durationMs: 1, responseStatus: 200, responseBody: '', error: null, quietMs: null };
  await f.db.deliveries.record({ deliveryId, attempt: claimed?.attempt ?? 0, ...posted, next: { kind: 'delivered' } });
  expect(await inHand()).toEqual([{ count: 0 }]);
  expect(await violations(f)).toEqual([]);
});

describe('the endpoint that a mission’s webhook stands for', () => {
  const ensure = (f: Fixture) => f.db.endpoints.ensureForMission(webhookOf(f));
  const isThere = async ({ sql }: Fixture, id: string | null) =>
    (await sql.query('SELECT FROM webhook_endpoints WHERE id = $1', [id])).rows.length > 0;
  async function endAndErase(f: Fixture, endpointId: string): Promise<void> {
    const run = await f.newRunning({ endpointId });
    await f.db.lease.leave({ ...run, status: 'completed', output: '' });
    await f.db.missions.erase(f.accountId, run.missionId);
  }

  it('goes an hour after the last mission that named it, and not before', async () => {
    await using f = await createFixture();
    const id = await ensure(f);
    await endAndErase(f, id);
    const other = await f.newRunning({ endpointId: id });
    expect(await f.db.sweep.forgetEndpoints()).toBe(0);
    await passAnHour(f);
    // The fixture's own is looked at too, and nothing names it.
    expect(await f.db.sweep.forgetEndpoints()).toBe(2);
    expect([await isThere(f, id), await isThere(f, f.endpointId)]).toEqual([true, false]);
    await f.db.lease.leave({ ...other, status: 'completed', output: '' });
    await f.sql.query(`UPDATE deliveries SET status = 'delivered', finished_at = now()`);
    await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days'`);
    expect(await f.purge()).toBe(1);
    expect(await f.db.sweep.forgetEndpoints()).toBe(0);
    await passAnHour(f);
    await f.db.sweep.forgetEndpoints();
    expect(await isThere(f, id)).toBe(false);
    expect((await f.sql.query('SELECT FROM spare_endpoints')).rows).toEqual([]);
  });

  it('goes too where no mission came of the request that it was made for, and stays while a test of it is there', async () => {
    await using f = await createFixture();
    const [id, tested] = [await ensure(f), f.endpointId];
    await f.sql.query(
      `INSERT INTO deliveries (id, account_id, endpoint_id, event_type) VALUES ('dlv_1', $1, $2, 'webhook_endpoint.test')`,
      [f.accountId, tested],
    );
    await passAnHour(f);
    await f.db.sweep.forgetEndpoints();
    expect([await isThere(f, id), await isThere(f, tested)]).toEqual([false, true]);
    await f.sql.query('DELETE FROM deliveries');
    // So does one of the account's own that was deleted, and one that was not stays.
    const [deleted, own] = [await subscribe(f), await subscribe(f)];
    await f.db.endpoints.delete({ accountId: f.accountId, endpointId: deleted });
    await passAnHour(f);
    await f.db.sweep.forgetEndpoints();
    expect([await isThere(f, tested), await isThere(f, deleted), await isThere(f, own)]).toEqual([false, false, true]);
  });

  it('is there for a mission that is being made while it would go', async () => {
    await using f = await createFixture();
    const first = await ensure(f);
    // Half gone: who asks for it waits, and has one made anew.
    await f.sql.query('BEGIN');
    await f.sql.query('DELETE FROM spare_endpoints WHERE endpoint_id = $1', [first]);
    await f.sql.query('DELETE FROM webhook_endpoints WHERE id = $1', [first]);
    const asked = ensure(f);
    await f.sql.query('SELECT pg_sleep(0.1)');
    await f.sql.query('COMMIT');
    const second = await asked;
    expect(second).not.toBe(first);
    expect(await isThere(f, second)).toBe(true);

    // Asked for first, and looked at before that is committed: it is passed by.
    await passAnHour(f);
    await f.sql.query('BEGIN');
    await f.sql.query('UPDATE spare_endpoints SET since = now() WHERE endpoint_id = $1', [second]);
    await f.db.sweep.forgetEndpoints();
    await f.sql.query('COMMIT');
    await f.db.sweep.forgetEndpoints();
    expect(await isThere(f, second)).toBe(true);

    await using another = await f.openAnother();
    for (let round = 0; round < 20; round++) {
      await passAnHour(f);
      const [[missionId, endpointId]] = await Promise.all([
        ensure(f).then(async (named) => [await f.newMission({ endpointId: named }), named] as const),
        another.db.sweep.forgetEndpoints(),
      ]);
      expect(await isThere(f, endpointId)).toBe(true);
      await f.db.missions.cancel(f.accountId, missionId);
      await f.db.missions.erase(f.accountId, missionId);
    }
  });
});
