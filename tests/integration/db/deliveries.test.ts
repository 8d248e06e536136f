import { describe, expect, it } from 'vitest';
import { broken, daysPass, FAILED, failAt, owe, record, SUBSCRIBER_URL, send, subscribe } from './delivery-steps.ts';
import { createFixture, type Fixture, parkFor } from './fixture.ts';

const DAY_MS = 86_400_000;
async function eventsOwed(f: Fixture): Promise<string[]> {
  const { rows } = await f.sql.query<{ event_type: string }>(
    'SELECT event_type FROM deliveries WHERE endpoint_id <> $1 ORDER BY mission_id, event_sequence',
    [f.endpointId],
  );
  return rows.map((row) => row.event_type);
}

describe('every event of a mission', () => {
  it('is owed to the endpoints that subscribed to it, once, in the statement that stored it', async () => {
    await using f = await createFixture();
    await subscribe(f, ['mission.started', 'mission.waiting', 'approval.requested', 'mission.completed']);
    const run = await f.newRunning();
    await f.db.lease.leave({ ...run, ...parkFor({ step: 1, children: 0 }) });
    const done = await f.newRunning();
    await f.db.lease.leave({ ...done, status: 'completed', output: 'done' });
    expect(await eventsOwed(f)).toEqual([
      'mission.started',
      'mission.waiting',
      'approval.requested',
      'mission.started',
      'mission.completed',
    ]);
    // What no statement has rung, the sweep rings.
    const { bells } = await f.db.sweep.takeDueDeliveries();
    expect(bells).toHaveLength(1);
    expect(bells[0]?.rings).toBe(1);
  });

  it('is owed to no other account’s endpoints', async () => {
    await using f = await createFixture();
    await subscribe(f, ['mission.queued']);
    const stranger = await f.db.accounts.create({ name: 's', tier: 'free', maxRunning: 1, webhookSecret: 'sealed' });
    await f.newMission({ accountId: stranger.id, endpointId: null });
    expect(await eventsOwed(f)).toEqual([]);
    await f.newMission();
    expect(await eventsOwed(f)).toEqual(['mission.queued']);
  });
});

describe('an endpoint', () => {
  it('has one delivery in hand until the first has come through, then as many as it may, and no more in the whole fleet', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 3 } });
    await using another = await f.openAnother();
    const endpointId = await subscribe(f);
    const [first = '', ...rest] = await owe(f, endpointId, 7);
    expect(await f.db.deliveries.claim(first)).not.toBeNull();
    expect(await another.db.deliveries.claim(rest[0] ?? '')).toBeNull();
    expect(await record(f, first)).toMatchObject({ wakes: 1 });
    const claims = await Promise.all(rest.map((id, index) => (index % 2 === 0 ? f : another).db.deliveries.claim(id)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(3);
    expect(await broken(f)).toEqual([]);
  });

  it('that makes room is sent what was held back, the longest due first', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 2 } });
    const endpointId = await subscribe(f);
    const ids = await owe(f, endpointId, 5);
    for (const id of ids) await f.db.deliveries.claim(id);
    const sent: string[] = [];
    let inHand = ids.slice(0, 1);
    while (inHand.length > 0) {
      for (const id of inHand) await record(f, id);
      sent.push(...inHand);
      inHand = (await f.db.deliveries.wake(endpointId)).map(({ deliveryId }) => deliveryId);
      expect(inHand.length).toBeLessThanOrEqual(2);
      for (const id of inHand) expect(await f.db.deliveries.claim(id)).not.toBeNull();
    }
    expect(sent).toEqual(ids);
  });

  it('with a backlog lies in front of nobody: of each as many are rung as it has room for, and the others wait aside', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 3 } });
    const dead = await subscribe(f);
    const backlog = await owe(f, dead, 6);
    await f.db.endpoints.change({ accountId: f.accountId, endpointId: dead, eventTypes: ['mission.failed'] });
    const healthy = await subscribe(f);
    const [other = ''] = await owe(f, healthy, 1);
    await f.sql.query(`UPDATE deliveries SET rung_at = NULL`);
    const { bells, taken } = await f.db.sweep.takeDueDeliveries();
    expect(bells.map(({ deliveryId }) => deliveryId).toSorted()).toEqual([backlog[0] ?? '', other].toSorted());
    expect(taken).toBe(7);
    expect(await f.db.sweep.takeDueDeliveries()).toEqual({ bells: [], taken: 0, passedBy: 0 });
    // Nobody has it in hand: a crash took the one that would have woken the next.
    expect(await f.db.sweep.wakeDeliveries()).toMatchObject([{ deliveryId: backlog[1] }]);
    expect(await broken(f)).toEqual([]);
  });

  it('that fails again and again has one in hand, and is a slow one, which a worker may have no room for', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 10 } });
    const endpointId = await subscribe(f);
    const [first = '', ...rest] = await owe(f, endpointId, 9);
    await send(f, first);
    for (const id of rest.slice(0, 5)) await send(f, id, FAILED);
    const [last = '', other = ''] = rest.slice(5);
    expect(await f.db.deliveries.claim(last, { takesSlow: false })).toBeNull();
    expect(await broken(f)).toEqual([]);
    expect(await f.db.sweep.wakeDeliveries()).toMatchObject([{ deliveryId: last }]);
    expect(await f.db.deliveries.claim(last)).toMatchObject({ isSlow: true });
    expect(await f.db.deliveries.claim(other)).toBeNull();
    await record(f, last);
    expect(await f.db.deliveries.wake(endpointId)).toMatchObject([{ deliveryId: other }]);
    expect(await f.db.deliveries.claim(other)).toMatchObject({ isSlow: false });
  });

  it('that asks for a pause is sent nothing before it is over', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const [first = '', second = ''] = await owe(f, endpointId, 2);
    await send(f, first, { ...FAILED, responseStatus: 429, quietMs: 60_000 });
    expect(await f.db.deliveries.claim(second)).toBeNull();
    expect(await f.db.sweep.wakeDeliveries()).toEqual([]);
    await f.sql.query(`UPDATE webhook_endpoints SET quiet_until = now()`);
    expect(await f.db.sweep.wakeDeliveries()).toMatchObject([{ deliveryId: second }]);
    expect(await f.db.deliveries.claim(second)).not.toBeNull();
  });

  it('whose deliveries were deleted in hand, or whose mark is of no use any more, is set right', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const [first = '', second = ''] = await owe(f, endpointId, 2);
    await f.db.deliveries.claim(first);
    expect(await f.db.deliveries.claim(second)).toBeNull();
    await f.sql.query('DELETE FROM deliveries WHERE id = $1', [first]);
    expect(await f.db.sweep.wakeDeliveries()).toEqual([]);
    expect(await f.db.sweep.repairEndpoints()).toEqual([{ endpointId, counted: 1, real: 0 }]);
    const marks = async () =>
      (await f.sql.query('SELECT FROM webhook_endpoints WHERE held_back_at IS NOT NULL')).rowCount;
    await f.sql.query(`UPDATE webhook_endpoints SET held_back_at = now() - interval '1 hour'`);
    await f.db.sweep.repairEndpoints();
    expect(await marks()).toBe(1);
    expect(await f.db.sweep.wakeDeliveries()).toMatchObject([{ deliveryId: second }]);
    await f.db.sweep.repairEndpoints();
    expect(await marks()).toBe(0);
  });
});

describe('an endpoint that has been moved', () => {
  const gone = { responseStatus: 410, next: { kind: 'failed', because: 'gone' } } as const;

  it('is held to nothing that comes from where it was, and is sent what was refused there', async () => {
    await using f = await createFixture({ deliveryLimits: { perUnprovenEndpoint: 4 } });
    const endpointId = await subscribe(f);
    const key = { accountId: f.accountId, endpointId };
    const [refused = '', failed = '', paused = '', taken = '', next = ''] = await owe(f, endpointId, 5);
    for (const id of [refused, failed, paused, taken]) expect(await f.db.deliveries.claim(id)).not.toBeNull();
    expect(await f.db.deliveries.claim(next)).toBeNull();
    await f.db.endpoints.change({ ...key, url: 'https://new.example/hook', isEnabled: true });
    const before = { url: SUBSCRIBER_URL };
    const records = [
      await record(f, refused, { ...before, ...gone }),
      await record(f, failed, { ...before, ...FAILED }),
      await record(f, paused, { ...before, ...FAILED, responseStatus: 429, quietMs: 60_000 }),
      await record(f, taken, before),
    ];
    expect(records.map((one) => one?.isSentOn)).toEqual([true, false, false, false]);
    expect(records.map((one) => one?.disabledBecause)).toEqual([null, null, null, null]);
    expect(records.reduce((sum, one) => sum + (one?.wakes ?? 0), 0)).toBe(4);
    expect(await f.db.endpoints.read(key)).toMatchObject({
      disabledAt: null,
      failingSince: null,
      quietUntil: null,
      lastDeliveredAt: null,
    });
    const { rows } = await f.sql.query('SELECT in_flight, strikes FROM webhook_endpoints WHERE id = $1', [endpointId]);
    expect(rows).toEqual([{ in_flight: 0, strikes: 0 }]);
    expect(await f.db.deliveries.read(f.accountId, taken)).toMatchObject({ status: 'delivered' });
    expect(await f.db.deliveries.wake(endpointId)).toMatchObject([{ deliveryId: next }]);

    const again = await f.db.deliveries.claim(refused);
    expect(again).toMatchObject({ url: 'https://new.example/hook', tries: 2 });
    expect(await record(f, refused, gone)).toMatchObject({ isSentOn: false, disabledBecause: 'gone' });
    expect(await f.db.deliveries.read(f.accountId, refused)).toMatchObject({ status: 'failed', failedBecause: 'gone' });
    expect((await f.sql.query(`SELECT data ->> 'url' AS url FROM account_events`)).rows).toEqual([
      { url: 'https://new.example/hook' },
    ]);
    expect(await broken(f)).toEqual([]);
  });
});

describe('an endpoint that is over', () => {
  it('because it wants no more is disabled, its account told once, and what is owed to it kept to be recovered', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const watcher = await subscribe(f, ['webhook_endpoint.disabled']);
    const [first = '', second = ''] = await owe(f, endpointId, 2);
    const gone = { responseStatus: 410, next: { kind: 'failed', because: 'gone' } } as const;
    expect(await send(f, first, gone)).toMatchObject({ disabledBecause: 'gone' });
    expect(await f.db.deliveries.claim(second)).toBeNull();
    const { rows } = await f.sql.query(
      `SELECT id, status, failed_because FROM deliveries WHERE endpoint_id = $1 ORDER BY id`,
      [endpointId],
    );
    expect(rows).toEqual([
      { id: first, status: 'failed', failed_because: 'gone' },
      { id: second, status: 'failed', failed_because: 'endpoint_disabled' },
    ]);
    const [told] = await f.db.deliveries.list({ accountId: f.accountId, endpointId: watcher, before: null, limit: 9 });
    expect(told).toMatchObject({ eventType: 'webhook_endpoint.disabled', missionId: null, status: 'pending' });
    expect(await f.db.deliveries.claim(told?.id ?? '')).toMatchObject({
      mission: null,
      data: { endpointId, reason: 'gone', url: 'https://subscriber.example/hook' },
    });
    expect((await f.sql.query('SELECT type FROM account_events')).rows).toEqual([
      { type: 'webhook_endpoint.disabled' },
    ]);

    const of = { accountId: f.accountId, endpointId, since: new Date(Date.now() - DAY_MS) };
    expect(await f.db.deliveries.recover(of)).toEqual({ kind: 'endpoint_disabled' });
    await f.db.endpoints.change({ ...of, isEnabled: true });
    expect(await f.db.deliveries.recover(of)).toEqual({ kind: 'recovered', count: 2, hasMore: false });
    expect(await f.db.deliveries.wake(endpointId)).toMatchObject([{ deliveryId: first }]);
    // The same id, and the schedule from its beginning.
    expect(await f.db.deliveries.claim(first)).toMatchObject({ id: first, attempt: 2, tries: 1 });
    expect(await broken(f)).toEqual([]);
  });

  it('because it has failed for days, one success would have saved', async () => {
    await using f = await createFixture({ deliveryLimits: { disabledAfterMs: 5 * DAY_MS } });
    const endpointId = await subscribe(f);
    const [first = '', second = '', third = '', fourth = ''] = await owe(f, endpointId, 4);
    const often = 10;
    await failAt(f, first, often);
    await daysPass(f, 6);
    expect(await send(f, second)).toMatchObject({ disabledBecause: null });
    expect(await failAt(f, third, often)).toEqual(Array<null>(often).fill(null));
    await daysPass(f, 4);
    expect(await failAt(f, third, 1)).toEqual([null]);
    await daysPass(f, 2);
    expect(await failAt(f, fourth, 1)).toEqual(['failing']);
    expect(await f.db.endpoints.read({ accountId: f.accountId, endpointId })).toMatchObject({
      disabledReason: 'failing',
      disabledAt: expect.any(Date),
    });
    // Tried again three days from now, it would find nobody; so it is kept instead.
    await f.sql.query(`UPDATE deliveries SET next_attempt_at = now() WHERE id = $1`, [fourth]);
    expect(await f.db.deliveries.claim(fourth)).toBeNull();
    expect(await f.db.deliveries.read(f.accountId, fourth)).toMatchObject({ failedBecause: 'endpoint_disabled' });
  });

  it('because it was deleted is sent nothing more, and not even a test', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const key = { accountId: f.accountId, endpointId };
    const [owed = ''] = await owe(f, endpointId, 1);
    const test = await f.db.deliveries.oweTest({ ...key, data: {} });
    expect(await f.db.endpoints.delete(key)).toBe(true);
    expect(await f.db.endpoints.delete(key)).toBe(false);
    for (const id of [owed, test?.deliveryId ?? '']) {
      expect(await f.db.deliveries.claim(id)).toBeNull();
      expect(await f.db.deliveries.read(f.accountId, id)).toMatchObject({ failedBecause: 'endpoint_deleted' });
    }
    await f.newRunning().then((run) => f.db.lease.leave({ ...run, status: 'completed', output: '' }));
    expect(await f.db.deliveries.list({ ...key, before: null, limit: 9 })).toHaveLength(2);
    expect(await f.db.deliveries.oweTest({ ...key, data: {} })).toBeNull();
    expect(await f.db.endpoints.read(key)).toBeNull();
  });

  it('only for now is tested all the same', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const key = { accountId: f.accountId, endpointId };
    await f.db.endpoints.change({ ...key, isEnabled: false });
    const test = await f.db.deliveries.oweTest({ ...key, data: {} });
    expect(await f.db.deliveries.claim(test?.deliveryId ?? '')).toMatchObject({ eventType: 'webhook_endpoint.test' });
  });
});

describe('a delivery that is sent again', () => {
  it('begins its schedule anew under the same id, whatever has become of it, but not while it is being sent', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const [id = ''] = await owe(f, endpointId, 1);
    await f.db.deliveries.claim(id);
    expect(await f.db.deliveries.redeliver(f.accountId, id)).toEqual({ kind: 'in_hand' });
    await record(f, id);
    expect(await f.db.deliveries.redeliver('acc_stranger', id)).toEqual({ kind: 'not_found' });
    expect(await f.db.deliveries.redeliver(f.accountId, id)).toEqual({ kind: 'sent', rings: 2 });
    expect(await f.db.deliveries.claim(id)).toMatchObject({ id, attempt: 2, tries: 1 });
    await record(f, id, FAILED);
    // Not due for an hour, but somebody wants it now.
    expect(await f.db.deliveries.redeliver(f.accountId, id)).toEqual({ kind: 'sent', rings: 3 });
    await f.db.endpoints.change({ accountId: f.accountId, endpointId, isEnabled: false });
    expect(await f.db.deliveries.redeliver(f.accountId, id)).toEqual({ kind: 'endpoint_disabled' });
    expect(await broken(f)).toEqual([]);
  });
});
