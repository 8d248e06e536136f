import { setTimeout as sleep } from 'node:timers/promises';
import { createId, type EventType } from '@flotilla/core';
import type { LogPlace } from '@flotilla/db';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { createFixture, type Fixture } from './fixture.ts';

let f: Fixture;
beforeAll(async () => {
  f = await createFixture();
});
afterAll(() => f[Symbol.asyncDispose]());

const INSERT = `INSERT INTO mission_events (mission_id, sequence, account_id, type) VALUES ($1, $2, $3, $4)`;
const nameOf = ({ missionId, sequence }: { missionId: string; sequence: number }) => `${missionId} ${sequence}`;

async function newAccount(name: string): Promise<string> {
  const account = { name, tier: 'paid', maxRunning: 10, webhookSecret: 'sealed' };
  return (await f.db.accounts.create(account)).id;
}

type Read = { accountId: string; after?: LogPlace | null; limit?: number; types?: EventType[] };

function read({ accountId, after = null, limit = 100, types }: Read) {
  return f.db.events.ofAccount({ accountId, after, limit, types });
}

/** Everything from a place on, page by page, and where it ends. */
async function readAll(asked: Read) {
  const seen: string[] = [];
  let after = asked.after ?? null;
  for (;;) {
    const { events, end, hasMore } = await read({ ...asked, after });
    seen.push(...events.map(nameOf));
    after = end;
    if (!hasMore) return { seen, end };
  }
}

/** The same, once so many events are to be seen: whatever writes anywhere on this server holds them back meanwhile. */
async function readAllOf(count: number, asked: Read) {
  let all = await readAll(asked);
  await waitFor(
    async () => {
      all = await readAll(asked);
      return all.seen.length >= count;
    },
    { what: `${count} events` },
  );
  return all;
}

it('an event that is committed after later ones is read before them, and by whoever had read that far', async () => {
  const accountId = await newAccount('late');
  const first = await f.newMission({ accountId, endpointId: null });
  const { seen, end } = await readAllOf(1, { accountId });
  expect(seen).toEqual([`${first} 1`]);

  const late = createId('mission');
  await f.sql.query('BEGIN');
  await f.sql.query(INSERT, [late, 1, accountId, 'mission.queued']);
  const after = await f.newMission({ accountId, endpointId: null });
  // Committed, and yet not to be shown: whoever reads it now would never look before it again.
  expect(await readAll({ accountId, after: end })).toMatchObject({ seen: [], end: { sequence: 1 } });
  await f.sql.query('COMMIT');
  const rest = await readAllOf(2, { accountId, after: end });
  expect(rest.seen).toEqual([`${late} 1`, `${after} 1`]);
  expect((await readAll({ accountId })).seen).toEqual([...seen, ...rest.seen]);
});

it('a reader that follows while many write, slow ones among them, reads each event once and in the final order', async () => {
  const accountId = await newAccount('busy');
  const others = await Promise.all([1, 2, 3].map(() => f.openAnother()));
  const written: string[] = [];
  const writing = new AbortController();

  async function write(index: number): Promise<void> {
    for (let round = 0; round < 15; round++) {
      await Promise.all(
        [1, 2, 3].map(async () => {
          const id = createId('mission');
          const limits = { maxSteps: 1, maxOutputTokens: 1 };
          const spec = { goal: 'x', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits };
          const more = { pool: 'default', priority: 5, tags: [], metadata: {}, endpointId: null };
          await others[index]?.db.missions.create({ id, accountId, spec, ...more });
          written.push(`${id} 1`);
        }),
      );
      await sleep(Math.random() * 5);
    }
  }
  async function writeSlowly(): Promise<void> {
    for (let round = 0; round < 8; round++) {
      const id = createId('mission');
      await f.sql.query('BEGIN');
      for (const sequence of [1, 2]) {
        await f.sql.query(INSERT, [id, sequence, accountId, 'mission.queued']);
        await sleep(Math.random() * 20);
      }
      await f.sql.query('COMMIT');
      written.push(`${id} 1`, `${id} 2`);
    }
  }
  async function follow(limit: number): Promise<{ seen: string[]; after: LogPlace | null }> {
    const seen: string[] = [];
    let after: LogPlace | null = null;
    while (!writing.signal.aborted) {
      await sleep(5);
      const part: Awaited<ReturnType<typeof read>> = await read({ accountId, after, limit });
      seen.push(...part.events.map(nameOf));
      after = part.end;
    }
    return { seen, after };
  }

  const following = Promise.all([follow(1), follow(7), follow(100)]);
  try {
    await Promise.all([writeSlowly(), ...others.map((_, index) => write(index))]);
  } finally {
    writing.abort();
  }
  const { seen: final } = await readAllOf(written.length, { accountId });
  expect(final.toSorted()).toEqual(written.toSorted());
  // Who stopped following before the last of them was shown reads it afterwards.
  for (const { seen, after } of await following) {
    expect([...seen, ...(await readAll({ accountId, after })).seen]).toEqual(final);
  }
  await Promise.all(others.map((other) => other[Symbol.asyncDispose]()));
});

it('what is rare in a long log is found by asking on, a short page at a time; of others nothing is shown', async () => {
  const accountId = await newAccount('long');
  const missionId = createId('mission');
  await f.sql.query(
    `INSERT INTO mission_events (mission_id, sequence, account_id, type)
     SELECT $1, n, $2, CASE WHEN n IN (1, 2500) THEN 'mission.queued' ELSE 'step.completed' END
     FROM generate_series(1, 2500) n`,
    [missionId, accountId],
  );
  expect((await readAllOf(2_500, { accountId, limit: 99 })).seen).toHaveLength(2_500);
  const types: EventType[] = ['mission.queued', 'mission.completed'];
  const first = await read({ accountId, types, limit: 10 });
  expect(first).toMatchObject({ events: [{ sequence: 1 }], hasMore: true, end: { sequence: 2_000 } });
  const second = await read({ accountId, types, limit: 10, after: first.end });
  expect(second).toMatchObject({ events: [{ sequence: 2_500 }], hasMore: false, end: { sequence: 2_500 } });
  const third = await read({ accountId, types, after: second.end });
  expect(third).toMatchObject({ events: [], end: { sequence: 2_500 }, hasMore: false });
  const stranger = await newAccount('stranger');
  expect(await read({ accountId: stranger })).toMatchObject({ events: [], end: null, hasMore: false });
});

it('whoever comes back later than missions are kept is told that some may be gone, and no one who came in time', async () => {
  const accountId = await newAccount('retention');
  await f.newMission({ accountId, endpointId: null });
  const { end } = await readAllOf(1, { accountId });
  const { asOf } = end ?? {};
  if (!end || !asOf) throw new Error('a page that was read ends somewhere, at some time');
  const daysBefore = (days: number) => ({ ...end, asOf: new Date(asOf.getTime() - days * 86_400_000) });
  expect(await read({ accountId, after: daysBefore(31) })).toMatchObject({ isComplete: false });
  for (const after of [null, end, daysBefore(29), { ...end, asOf: null }]) {
    expect(await read({ accountId, after })).toMatchObject({ isComplete: true });
  }
  // Who reads from the beginning reads what is kept, however old, and however many pages it takes him.
  await f.newMission({ accountId, endpointId: null });
  await readAllOf(2, { accountId });
  const begun = await read({ accountId, limit: 1 });
  expect(begun).toMatchObject({ hasMore: true, end: { asOf: null } });
  // A page with nothing in it, of an account in which nothing happens, counts as having come.
  const empty = await read({ accountId, after: daysBefore(29), types: ['mission.failed'] });
  expect(empty).toMatchObject({ events: [], hasMore: false });
  expect(empty.end?.asOf?.getTime()).toBeGreaterThanOrEqual(asOf.getTime());
});
