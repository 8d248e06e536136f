import type { DeliveryResult } from '@flotilla/db';
import type { Fixture } from './fixture.ts';

const POSTED = { durationMs: 5, responseStatus: 200, responseBody: null, error: null, quietMs: null };
/** An attempt that comes to nothing, and is to be made again in an hour. */
export const FAILED: Partial<DeliveryResult> = { responseStatus: 500, next: { kind: 'retry', afterMs: 3_600_000 } };

/** An endpoint of the fixture's account that hears of these events. */
export async function subscribe(f: Fixture, eventTypes = ['mission.completed']): Promise<string> {
  const endpoint = await f.db.endpoints.create({
    accountId: f.accountId,
    url: 'https://subscriber.example/hook',
    description: null,
    eventTypes,
    isEnabled: true,
    secret: 'sealed',
  });
  if (!endpoint) throw new Error('there is no room for an endpoint');
  return endpoint.id;
}

/** So many missions that have ended, and what that owes to this endpoint; in the order of their ends. */
export async function owe(f: Fixture, endpointId: string, count: number): Promise<string[]> {
  for (let made = 0; made < count; made++) {
    const run = await f.newRunning({ endpointId: null });
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  }
  const { rows } = await f.sql.query<{ id: string }>(
    `SELECT id FROM deliveries WHERE endpoint_id = $1 AND status = 'pending' ORDER BY id`,
    [endpointId],
  );
  return rows.map(({ id }) => id);
}

export async function record(f: Fixture, deliveryId: string, more: Partial<DeliveryResult> = {}) {
  const { rows } = await f.sql.query<{ attempt: number }>('SELECT attempt FROM deliveries WHERE id = $1', [deliveryId]);
  const attempt = rows[0]?.attempt ?? 0;
  return f.db.deliveries.record({ deliveryId, attempt, ...POSTED, next: { kind: 'delivered' }, ...more });
}

/** Claims and records, as a worker would. */
export async function send(f: Fixture, deliveryId: string, more: Partial<DeliveryResult> = {}) {
  const claimed = await f.db.deliveries.claim(deliveryId);
  if (!claimed) throw new Error('the delivery could not be claimed');
  const recorded = await record(f, deliveryId, more);
  if (!recorded) throw new Error('the record was fenced');
  return recorded;
}

export async function broken(f: Fixture): Promise<string[]> {
  return (await f.db.audit()).filter(({ count }) => count > 0).map(({ name }) => name);
}
