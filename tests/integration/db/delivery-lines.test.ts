import { describe, expect, it } from 'vitest';
import { broken, daysPass, FAILED, failAt, owe, record, send, subscribe } from './delivery-steps.ts';
import { createFixture, type Fixture } from './fixture.ts';

/** One delivery that is due, to an endpoint of the fixture's account. */
async function oweOne({ sql, accountId }: Fixture, endpointId: string): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO deliveries (id, account_id, endpoint_id, event_type, data, rung_at)
     VALUES (new_id('dlv'), $1, $2, 'webhook_endpoint.disabled', '{}', now()) RETURNING id`,
    [accountId, endpointId],
  );
  return rows[0]?.id ?? '';
}

/** Those of them that could be claimed, one after another. */
async function claimed(f: Fixture, ...ids: string[]): Promise<string[]> {
  const claims: string[] = [];
  for (const id of ids) if (await f.db.deliveries.claim(id)) claims.push(id);
  return claims;
}

describe('a test of an endpoint', () => {
  it('is one at a time, however many ask for it at once, and so is one that is sent again', async () => {
    await using f = await createFixture();
    await using another = await f.openAnother();
    const endpointId = await subscribe(f);
    const of = { accountId: f.accountId, endpointId, data: {} };
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? f : another).db.deliveries.oweTest(of)),
    );
    expect(new Set(asked.map((owed) => owed?.deliveryId)).size).toBe(1);
    expect(asked.filter((owed) => owed?.isNew)).toHaveLength(1);
    const first = asked[0]?.deliveryId ?? '';
    await send(f, first, { responseStatus: 500, next: { kind: 'failed', because: 'attempts_exhausted' } });
    const second = await f.db.deliveries.oweTest(of);
    expect(second).toMatchObject({ isNew: true });
    expect(await f.db.deliveries.redeliver(f.accountId, first)).toEqual({ kind: 'test_pending' });
    await send(f, second?.deliveryId ?? '');
    expect(await f.db.deliveries.redeliver(f.accountId, first)).toMatchObject({ kind: 'sent' });
  });

  it('says nothing against it, and two failures with days of silence between say nothing of those days', async () => {
    await using f = await createFixture({ deliveryLimits: { disabledAfterMs: 5 * 86_400_000 } });
    const endpointId = await subscribe(f);
    const of = { accountId: f.accountId, endpointId };
    const failTest = async () => {
      const owed = await f.db.deliveries.oweTest({ ...of, data: {} });
      const failed = { responseStatus: 500, next: { kind: 'failed', because: 'attempts_exhausted' } } as const;
      return (await send(f, owed?.deliveryId ?? '', failed)).disabledBecause;
    };
    // Its receiver is yet to come.
    expect(await failTest()).toBeNull();
    expect(await f.db.endpoints.read(of)).toMatchObject({ failingSince: null });
    const [first = '', second = ''] = await owe(f, endpointId, 2);
    expect(await failAt(f, first, 1)).toEqual([null]);
    await daysPass(f, 6);
    expect(await failAt(f, second, 8)).toEqual(Array<null>(8).fill(null));
    expect(await failTest()).toBeNull();
    expect(await failAt(f, second, 1)).toEqual(['failing']);
    expect(await broken(f)).toEqual([]);
  });

  it('has its turn in the endpoint’s room, before all else that waits there, and in a pause that it asked for too', async () => {
    await using f = await createFixture();
    const endpointId = await subscribe(f);
    const [first = '', ...backlog] = await owe(f, endpointId, 4);
    expect(await claimed(f, first, ...backlog)).toEqual([first]);
    const owed = await f.db.deliveries.oweTest({ accountId: f.accountId, endpointId, data: {} });
    const test = owed?.deliveryId ?? '';
    const shown = await f.db.deliveries.read(f.accountId, test);
    expect(shown?.nextAttemptAt).toEqual(shown?.createdAt);
    expect(await claimed(f, test)).toEqual([]);
    await record(f, first, { ...FAILED, responseStatus: 429, quietMs: 60_000 });
    expect(await f.db.deliveries.wake(endpointId)).toMatchObject([{ deliveryId: test }]);
    // Nor may it have a slot that is kept for endpoints that answer.
    expect(await f.db.deliveries.claim(test, { takesSlow: false })).toBeNull();
    const woken = (await f.db.sweep.wakeDeliveries()).map(({ deliveryId }) => deliveryId);
    expect(woken).toContain(test);
    expect(await claimed(f, ...woken)).toEqual([test]);
    await record(f, test);
    // It was taken: the pause is over.
    const released = await f.db.deliveries.wake(endpointId);
    expect(released.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(backlog);
    expect(await broken(f)).toEqual([]);
  });
});

describe('an account whose endpoints hang', () => {
  it('has so many in hand at all of them together, and who answers, or belongs to another, is sent what it is owed', async () => {
    await using f = await createFixture({ deliveryLimits: { toSlowPerAccount: 3 } });
    const { accountId } = f;
    const other = await f.db.accounts.create({ name: 's', tier: 'free', maxRunning: 9, webhookSecret: 'sealed' });
    const stranger = { ...f, accountId: other.id };
    const well = await subscribe(f, []);
    await send(f, await oweOne(f, well));
    const ids: string[] = [];
    for (let made = 0; made < 6; made++) ids.push(await oweOne(f, await subscribe(f, [])));
    const [one = '', two = '', three = '', ...rest] = ids;
    expect(await claimed(f, one, two)).toEqual([one, two]);
    const together = await Promise.all([three, ...rest].map((id) => f.db.deliveries.claim(id)));
    expect(together.flatMap((claim) => claim?.id ?? [])).toEqual([three]);
    const toWell = await oweOne(f, well);
    const toStranger = await oweOne(stranger, await subscribe(stranger, []));
    expect(await claimed(f, toWell, toStranger)).toEqual([toWell, toStranger]);

    // Whoever makes room wakes the longest due, and the sweep as many as there is room for.
    expect(await f.db.sweep.wakeDeliveries()).toEqual([]);
    const slowRoom = { accountId, made: 1 };
    expect(await record(f, one, FAILED)).toMatchObject({ slowRoom });
    expect(await f.db.deliveries.wakeSlow(slowRoom)).toMatchObject([{ deliveryId: rest[0] }]);
    expect(await claimed(f, ...rest)).toEqual(rest.slice(0, 1));
    await record(f, two, FAILED);
    expect(await f.db.sweep.wakeDeliveries()).toMatchObject([{ deliveryId: rest[1] }]);
    expect(await broken(f)).toEqual([]);
  });

  it('keeps back nothing of an endpoint that turns out to answer', async () => {
    await using f = await createFixture({ deliveryLimits: { toSlowPerAccount: 1 } });
    const [hangs, answers] = [await subscribe(f, []), await subscribe(f, [])];
    const [stuck, first, second] = [await oweOne(f, hangs), await oweOne(f, answers), await oweOne(f, answers)];
    expect(await claimed(f, stuck, first, second)).toEqual([stuck]);
    await record(f, stuck, FAILED);
    expect(await f.db.deliveries.wakeSlow({ accountId: f.accountId, made: 1 })).toMatchObject([{ deliveryId: first }]);
    expect(await claimed(f, first)).toEqual([first]);
    expect(await record(f, first)).toMatchObject({ wakes: 1 });
    const stuckAgain = await oweOne(f, hangs);
    expect(await claimed(f, stuckAgain)).toEqual([stuckAgain]);
    expect(await f.db.deliveries.wake(answers)).toMatchObject([{ deliveryId: second }]);
    expect(await claimed(f, second)).toEqual([second]);
    expect(await broken(f)).toEqual([]);
  });
});
