import type { Database } from '@flotilla/db';
import type { Fixture } from './fixture.ts';

const KEYS = 10_000;
const NEWEST = `key_${KEYS.toString(16).padStart(32, '0')}`;

/** Keys of the account, more than anybody has: reading all of them is never the cheaper way. */
export async function fillKeys({ sql, accountId }: Fixture): Promise<void> {
  await sql.query(
    `INSERT INTO api_keys (id, account_id, name, prefix, hash, scopes)
     SELECT 'key_' || lpad(to_hex(n), 32, '0'), $1, 'x', 'fl_live_' || lpad(n::text, 8, '0'), '', '{}'
     FROM generate_series(1, ${KEYS}) n`,
    [accountId],
  );
}

/** What is asked of keys, and the rows that each may read at most. */
export function keyCases({
  accountId,
}: Fixture): [name: string, atMost: number, run: (db: Database) => Promise<unknown>][] {
  const key = { accountId, keyId: NEWEST };
  return [
    ['an API key', 5, (db) => db.keys.find('fl_live_00000009')],
    ['a page of API keys', 150, (db) => db.keys.list({ accountId, before: NEWEST, limit: 100 })],
    ['a rotation', 10, (db) => db.keys.rotate({ ...key, overlapSeconds: 1 })],
    ['a revocation', 10, (db) => db.keys.revoke(key)],
    ['keys in use', 10, (db) => db.keys.markUsed([NEWEST])],
  ];
}
