import { API_KEYS_MAX, WEBHOOK_ENDPOINTS_MAX } from '@flotilla/core';
import { type Database, TooManyKeysError } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { hold, waiters } from '../../harness/index.ts';
import { createFixture, type Fixture } from '../db/fixture.ts';

/** Room for two more of each: endpoints, keys, and keys that go on beside those in their place. */
async function fill({ sql, accountId }: Fixture): Promise<string[]> {
  await sql.query(
    `INSERT INTO webhook_endpoints (id, account_id, url, event_types, secret)
     SELECT 'whe_' || n, $1, 'https://receiver.example', '{}', 'sealed' FROM generate_series(1, $2::int) n`,
    [accountId, WEBHOOK_ENDPOINTS_MAX - 2],
  );
  const { rows } = await sql.query<{ id: string; isReplaced: boolean }>(
    `INSERT INTO api_keys (id, account_id, name, prefix, hash, scopes, replaced_by)
     SELECT 'key_' || n, $1, 'x', 'fl_live_' || n, '', '{}', CASE WHEN n > $2::int THEN 'key_other' END
     FROM generate_series(1, 2 * $2::int) n
     RETURNING id, replaced_by IS NOT NULL AS "isReplaced"`,
    [accountId, API_KEYS_MAX - 2],
  );
  return rows.filter(({ isReplaced }) => !isReplaced).map(({ id }) => id);
}

/** Whether it was made. */
async function isMade(making: Promise<object | null>): Promise<boolean> {
  try {
    return (await making) !== null;
  } catch (error) {
    if (error instanceof TooManyKeysError) return false;
    throw error;
  }
}

describe('what an account may have so many of,', () => {
  it('is no more than that, however many processes make it at once', async () => {
    await using f = await createFixture();
    await using b = await f.openAnother();
    await using c = await f.openAnother();
    await using d = await f.openAnother();
    const { accountId } = f;
    const processes = [f, b, c, d];
    const keyIds = await fill(f);

    async function madeOf(make: (db: Database) => Promise<object | null>): Promise<number> {
      // Whoever has found that there is room stops here, before anybody could see what it makes.
      await using account = await hold(f, 'SELECT FROM accounts FOR UPDATE');
      const making = processes.flatMap(({ db }) => Array.from({ length: 5 }, () => isMade(make(db))));
      await waiters(f, processes.length);
      await account.letGo();
      return (await Promise.all(making)).filter(Boolean).length;
    }

    const endpoint = {
      accountId,
      url: 'https://receiver.example',
      description: null,
      eventTypes: [],
      secret: 'sealed',
    };
    expect(await madeOf((db) => db.endpoints.create({ ...endpoint, isEnabled: true }))).toBe(2);
    expect(await madeOf((db) => db.keys.create({ accountId, name: 'x', scopes: [] }))).toBe(2);
    const rotateNext = (db: Database) => db.keys.rotate({ accountId, keyId: keyIds.pop() ?? '', overlapSeconds: 60 });
    expect(await madeOf(rotateNext)).toBe(2);
  });
});
