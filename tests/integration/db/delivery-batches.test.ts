import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryResult } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { hold } from '../../harness/index.ts';
import { broken, owe, record, SUBSCRIBER_URL, send, subscribe } from './delivery-steps.ts';
import { createFixture, type Fixture } from './fixture.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const lockOf = (endpointId: string) => `SELECT FROM webhook_endpoints WHERE id = '${endpointId}' FOR NO KEY UPDATE`;

async function owedTo(f: Fixture, endpointId: string): Promise<string[]> {
  const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM deliveries WHERE endpoint_id = $1 ORDER BY id', [
    endpointId,
  ]);
  return rows.map(({ id }) => id);
}

describe('claims that come in batches', () => {
  it('of two workers at once leave an endpoint with exactly as many in hand as it may have', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 3 } });
    await using another = await f.openAnother();
    const endpointId = await subscribe(f);
    const [first = '', ...ids] = await owe(f, endpointId, 13);
    await send(f, first);
    // Nobody comes to the endpoint before both have sent what they have.
    await using endpoint = await hold(f, lockOf(endpointId));
    const claims = Promise.all(ids.map((id, index) => (index % 2 === 0 ? f : another).db.deliveries.claim(id)));
    await sleep(100);
    await endpoint.letGo();
    expect((await claims).filter((claim) => claim !== null)).toHaveLength(3);
    expect(await broken(f)).toEqual([]);
  });

  it('take the longest due first, and what is in hand already before that', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 2 } });
    const endpointId = await subscribe(f);
    const [first = '', crashed = '', ...ids] = await owe(f, endpointId, 5);
    await send(f, first);
    await f.db.deliveries.claim(crashed);
    await f.sql.query(`UPDATE deliveries SET next_attempt_at = now() WHERE id = $1`, [crashed]);
    const claims = await Promise.all([...ids.toReversed(), crashed].map((id) => f.db.deliveries.claim(id)));
    expect(claims.map((claim) => claim?.id)).toEqual([undefined, undefined, ids[0], crashed]);
    expect(await broken(f)).toEqual([]);
  });
});

describe('an endpoint that somebody has locked for long', () => {
  it('holds up no other’s deliveries, and loses none of its own', async () => {
    await using f = await createFixture();
    const [locked, well] = [await subscribe(f), await subscribe(f)];
    const [one = '', inHand = '', stuck = ''] = await owe(f, locked, 3);
    const [two = '', other = ''] = await owedTo(f, well);
    for (const id of [one, two]) await send(f, id);
    await f.db.deliveries.claim(inHand);
    await using row = await hold(f, lockOf(locked));

    const stuckClaim = f.db.deliveries.claim(stuck);
    expect(await f.db.deliveries.claim(other)).toMatchObject({ id: other });
    let isRecorded = false;
    const stuckRecord = record(f, inHand).finally(() => {
      isRecorded = true;
    });
    expect(await record(f, other)).not.toBeNull();
    // A worker's slot is not taken up for as long as the lock is held.
    expect(await stuckClaim).toBeNull();
    expect(isRecorded).toBe(false);
    expect(await f.db.sweep.takeDueDeliveries()).toEqual({ bells: [], taken: 0, passedBy: 1 });
    await row.letGo();
    expect(await stuckRecord).not.toBeNull();
    expect(await f.db.sweep.takeDueDeliveries()).toMatchObject({ bells: [{ deliveryId: stuck }], passedBy: 0 });
    expect(await f.db.deliveries.claim(stuck)).toMatchObject({ id: stuck });
    expect(await broken(f)).toEqual([]);
  });
});

describe('records that share a commit', () => {
  it('make room for as many of those that wait, and wake them together', async () => {
    await using f = await createFixture({ deliveryLimits: { perEndpoint: 4 } });
    const endpointId = await subscribe(f);
    const [first = '', ...ids] = await owe(f, endpointId, 9);
    await send(f, first);
    await Promise.all(ids.map((id) => f.db.deliveries.claim(id)));
    const records = await Promise.all(
      ids
        .slice(0, 3)
        .map((id, place) => f.db.deliveries.record({ ...resultOf('in time', place, id), url: SUBSCRIBER_URL })),
    );
    expect(records.map((recorded) => recorded?.wakes)).toEqual([0, 0, 3]);
    const woken = await f.db.deliveries.wake(endpointId, 3);
    expect(woken.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(ids.slice(4, 7));
    expect(await broken(f)).toEqual([]);
  });

  it('say of their endpoint what they would have said one after the other', async () => {
    await using f = await createFixture({ deliveryLimits: { disabledAfterMs: 5 * DAY_MS } });
    const astray = sequencesOf(2).map((answers) => answers.toSpliced(1, 0, 'gone where it was before'));
    const sequences = [...sequencesOf(3), ...astray];
    const [together, oneByOne] = [await inHandOf(f, 'a', sequences.length), await inHandOf(f, 'b', sequences.length)];
    const all = await Promise.all(
      sequences.flatMap((answers, n) =>
        answers.map((answer, place) => f.db.deliveries.record(resultOf(answer, place, together[n]?.[place]))),
      ),
    );
    const each: typeof all = [];
    for (let place = 0; place < 3; place++) {
      const records = await Promise.all(
        sequences.map((answers, n) =>
          f.db.deliveries.record(resultOf(answers[place] ?? 'failed', place, oneByOne[n]?.[place])),
        ),
      );
      for (const [n, recorded] of records.entries()) each[3 * n + place] = recorded;
    }
    const saidBy = (records: typeof all) => records.map((one) => [one?.disabledBecause, one?.isSentOn]);
    expect(saidBy(all)).toEqual(saidBy(each));
    const states = await statesOf(f, 'a');
    expect(states).toEqual(await statesOf(f, 'b'));
    // The sequences are worth something.
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBeGreaterThan(20);
    expect(await broken(f)).toEqual([]);
  });
});

const HERE = 'https://here.example';
const ANSWERS = ['in time', 'late', 'failed', 'asks for a pause', 'gone'] as const;
type Answer = (typeof ANSWERS)[number] | 'gone where it was before';

function sequencesOf(length: number): Answer[][] {
  if (length === 0) return [[]];
  return sequencesOf(length - 1).flatMap((before) => ANSWERS.map((answer) => [...before, answer]));
}

function resultOf(answer: Answer, place: number, deliveryId = ''): DeliveryResult {
  const posted = { durationMs: 5, responseStatus: 200, responseBody: null, error: null, quietMs: null };
  const delivered = { deliveryId, attempt: 1, url: HERE, ...posted, next: { kind: 'delivered' } } as const;
  const failed = { ...delivered, responseStatus: 500, next: { kind: 'retry', afterMs: HOUR_MS } } as const;
  switch (answer) {
    case 'in time':
      return delivered;
    case 'late':
      return { ...delivered, durationMs: 5_000 };
    case 'failed':
      return failed;
    case 'asks for a pause':
      return { ...failed, quietMs: (place + 1) * HOUR_MS };
    case 'gone':
      return { ...failed, next: { kind: 'failed', because: 'gone' } };
    case 'gone where it was before':
      return { ...failed, url: 'https://before.example', next: { kind: 'failed', because: 'gone' } };
  }
}

/**
 * So many endpoints that have failed for six days, and would be disabled by the second failure from here on, each with
 * three deliveries in hand; the ids of these.
 */
async function inHandOf({ sql, accountId }: Fixture, name: string, count: number): Promise<string[][]> {
  await sql.query(
    `INSERT INTO webhook_endpoints (id, account_id, url, event_types, secret, in_flight, strikes, failing_since)
     SELECT 'whe_' || $2 || lpad(n::text, 4, '0'), $1, $4, '{}', 'sealed', 3, 8,
            now() - interval '6 days'
     FROM generate_series(1, $3::int) n`,
    [accountId, name, count, HERE],
  );
  const { rows } = await sql.query<{ ids: string[] }>(
    `WITH owed AS (
       INSERT INTO deliveries (id, account_id, endpoint_id, event_type, data, attempt, claimed_at, next_attempt_at)
       SELECT new_id('dlv'), $1, w.id, 'webhook_endpoint.disabled', '{}', 1, now(), now() + interval '1 hour'
       FROM webhook_endpoints w, generate_series(1, 3) WHERE w.id LIKE 'whe_' || $2 || '%'
       RETURNING id, endpoint_id
     )
     SELECT array_agg(id) AS ids FROM owed GROUP BY endpoint_id ORDER BY endpoint_id`,
    [accountId, name],
  );
  return rows.map(({ ids }) => ids);
}

async function statesOf({ sql }: Fixture, name: string): Promise<object[]> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `SELECT w.in_flight, w.strikes, w.failing_since > now() - interval '1 day' AS fails_anew,
            w.last_delivered_at IS NOT NULL AS has_taken, w.disabled_reason, w.disabled_at IS NOT NULL AS is_disabled,
            round(extract(epoch FROM w.quiet_until - now()) / 3600)::int AS quiet_hours,
            (SELECT array_agg(e.data ->> 'reason') FROM account_events e WHERE e.data ->> 'endpointId' = w.id) AS told
     FROM webhook_endpoints w WHERE w.id LIKE 'whe_' || $1 || '%' ORDER BY w.id`,
    [name],
  );
  return rows;
}
