import type { Database } from '@flotilla/db';
import type { Fixture } from './fixture.ts';

const KEYS = 10_000;
const NEWEST = `key_${KEYS.toString(16).padStart(32, '0')}`;

/** What one account may have at most: those of no use any more, those that go on beside others, and the others. */
const OWN = 1_150;

/** Keys, most of which are another account's: reading all of them is never the cheaper way. */
export async function fillKeys({ db, sql, accountId }: Fixture): Promise<void> {
  const other = await db.accounts.create({ name: 'keys', tier: 'free', maxRunning: 1, webhookSecret: 'sealed' });
  await sql.query(
    `INSERT INTO api_keys (id, account_id, name, prefix, hash, scopes, revoked_at, replaced_by)
     SELECT 'key_' || lpad(to_hex(n), 32, '0'), CASE WHEN n > ${KEYS - OWN} THEN $1 ELSE $2 END, 'x',
            'fl_live_' || lpad(n::text, 8, '0'), '', '{}', CASE WHEN n <= ${KEYS - 100} THEN now() END,
            CASE WHEN n BETWEEN ${KEYS - 99} AND ${KEYS - 50} THEN 'key_other' END
     FROM generate_series(1, ${KEYS}) n`,
    [accountId, other.id],
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
    ['a new API key', 4_000, (db) => db.keys.create({ accountId, name: 'x', scopes: [] })],
    ['a rotation', 4_000, (db) => db.keys.rotate({ ...key, overlapSeconds: 1 })],
    ['a revocation', 10, (db) => db.keys.revoke(key)],
    ['keys in use', 10, (db) => db.keys.markUsed([NEWEST])],
  ];
}
