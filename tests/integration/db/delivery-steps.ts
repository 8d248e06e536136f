import type { DeliveryResult } from '@flotilla/db';
import type { Fixture } from './fixture.ts';

const POSTED = { durationMs: 5, responseStatus: 200, responseBody: null, error: null, quietMs: null };
/** An attempt that comes to nothing, and is to be made again in an hour. */
export const FAILED: Partial<DeliveryResult> = { responseStatus: 500, next: { kind: 'retry', afterMs: 3_600_000 } };

/** Where `subscribe`'s endpoints are. */
export const SUBSCRIBER_URL = 'https://subscriber.example/hook';

/** An endpoint of the fixture's account that hears of these events. */
export async function subscribe(f: Fixture, eventTypes = ['mission.completed']): Promise<string> {
  const endpoint = await f.db.endpoints.create({
    accountId: f.accountId,
    url: SUBSCRIBER_URL,
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

export async function record(f: Pick<Fixture, 'db' | 'sql'>, deliveryId: string, more: Partial<DeliveryResult> = {}) {
  const { rows } = await f.sql.query<{ attempt: number; url: string }>(
    'SELECT d.attempt, w.url FROM deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint_id WHERE d.id = $1',
    [deliveryId],
  );
  const { attempt, url } = rows[0] ?? { attempt: 0, url: '' };
  return f.db.deliveries.record({ deliveryId, attempt, url, ...POSTED, next: { kind: 'delivered' }, ...more });
}

/** Claims and records, as a worker would. */
export async function send(f: Pick<Fixture, 'db' | 'sql'>, deliveryId: string, more: Partial<DeliveryResult> = {}) {
  const claimed = await f.db.deliveries.claim(deliveryId);
  if (!claimed) throw new Error('the delivery could not be claimed');
  const recorded = await record(f, deliveryId, more);
  if (!recorded) throw new Error('the record was fenced');
  return recorded;
}

/** So many attempts at it that fail, without the waits between; of each, why it has disabled the endpoint, if it has. */
export async function failAt(f: Fixture, deliveryId: string, times: number) {
  const said: (string | null)[] = [];
  for (let made = 0; made < times; made++) {
    await f.sql.query('UPDATE deliveries SET next_attempt_at = now() WHERE id = $1', [deliveryId]);
    const { disabledBecause } = await send(f, deliveryId, FAILED);
    said.push(disabledBecause);
  }
  return said;
}

/** So many days later, as far as the endpoints that fail are concerned. */
export async function daysPass(f: Fixture, days: number): Promise<void> {
  await f.sql.query(`UPDATE webhook_endpoints SET failing_since = failing_since - $1 * interval '1 day'`, [days]);
}

export async function broken(f: Fixture): Promise<string[]> {
  return (await f.db.audit()).filter(({ count }) => count > 0).map(({ name }) => name);
}
