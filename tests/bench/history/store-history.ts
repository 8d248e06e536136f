import { createId, SCOPES } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import pg from 'pg';
import { withoutIndexes } from '../../harness/without-indexes.ts';
import { FUNCTIONS, MISSIONS, OWNERS, TAGS } from './missions-sql.ts';
import { DELIVERIES, INBOX, JOURNALS, USAGE } from './records-sql.ts';

const ACCOUNTS = 300;
/** Of the accounts that are asked about, by how much they have: half of all, thousands, hundreds. */
const ASKED = [0, 1, 60];

/** An account with a history, and the key that reads it. */
export type WithHistory = { accountId: string; apiKey: string };

/**
 * A month of so many missions, of 300 accounts: one has half of them, and of the others few have many. Agents, sessions
 * and tags are used as unevenly. A twentieth has a journal, a tenth was delivered, one in 250 waits for an answer.
 *
 * @param owner has half of it all
 */
export async function storeHistory(
  databaseUrl: string,
  { owner, missions }: { owner: WithHistory; missions: number },
): Promise<WithHistory[]> {
  const accountIds = [owner.accountId, ...Array.from({ length: ACCOUNTS - 1 }, () => createId('account'))];
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    await sql.query('SET synchronous_commit = off');
    await sql.query(OWNERS, [accountIds]);
    await sql.query(FUNCTIONS({ missions, end: new Date(), accounts: ACCOUNTS }));
    await withoutIndexes(sql, 'missions', () => sql.query(MISSIONS, [accountIds, missions]));
    await sql.query('SET session_replication_role = replica');
    await sql.query(TAGS);
    for (const statement of [...JOURNALS, ...DELIVERIES, ...INBOX, ...USAGE]) await sql.query(statement);
    await sql.query('VACUUM ANALYZE');
  } finally {
    await sql.end();
  }
  return [owner, ...(await createKeys(databaseUrl, accountIds))];
}

async function createKeys(url: string, accountIds: readonly string[]): Promise<WithHistory[]> {
  const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url, poolSize: 1, applicationName: 'flotilla-bench', ...timeouts });
  try {
    const others = ASKED.slice(1).flatMap((index) => accountIds[index] ?? []);
    return await Promise.all(
      others.map(async (accountId) => {
        const { key } = await db.keys.create({ accountId, name: 'bench', scopes: SCOPES });
        return { accountId, apiKey: key };
      }),
    );
  } finally {
    await db.close();
  }
}
