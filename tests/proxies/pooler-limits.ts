import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** What a statement of ours would meet that kept something in its session, and what it meets through this pooler. */
export type Limits = {
  /** Of so many statements under a name, on connections that change hands. */
  named: { asked: number; failed: number };
  /** Notifications that came to somebody who listens through the pooler. */
  heard: number;
  /** A lock of a session that its own connection could not give back. */
  locksLeft: number;
  /** What the pooler has set for every statement, in place of what the client asked for. */
  statementTimeout: string;
};

const CLIENTS = 8;
const ASKED = 40;

/** Tries what PgBouncer in transaction mode is known to break, so that what we say of it stays true. */
export async function tryLimits({ url, directUrl }: { url: string; directUrl: string }): Promise<Limits> {
  const pool = new pg.Pool({ connectionString: url, max: CLIENTS, statement_timeout: 3_000 });
  const direct = new pg.Client({ connectionString: directUrl });
  await direct.connect();
  try {
    const asks = Array.from({ length: ASKED }, (_, index) =>
      // Two statements at once make the connections change hands.
      pool.query({ name: 'limits', text: 'SELECT $1::int, pg_sleep(0.01)', values: [index] }).then(
        () => 0,
        () => 1,
      ),
    );
    const failed = (await Promise.all(asks)).reduce((sum: number, one) => sum + one, 0);
    return {
      named: { asked: ASKED, failed },
      heard: await countHeard(pool, direct),
      locksLeft: await countLocks(pool, direct),
      statementTimeout:
        (await pool.query<{ statement_timeout: string }>('SHOW statement_timeout')).rows[0]?.statement_timeout ?? '',
    };
  } finally {
    await pool.end();
    await direct.end();
  }
}

async function countHeard(pool: pg.Pool, direct: pg.Client): Promise<number> {
  const listener = await pool.connect();
  let heard = 0;
  listener.on('notification', () => {
    heard += 1;
  });
  await listener.query('LISTEN limits');
  // Another client gets the connection that listens now.
  await Promise.all(Array.from({ length: CLIENTS - 1 }, () => pool.query('SELECT pg_sleep(0.05)')));
  for (let index = 0; index < 5; index += 1) await direct.query('NOTIFY limits');
  await sleep(300);
  listener.release(true);
  return heard;
}

async function countLocks(pool: pg.Pool, direct: pg.Client): Promise<number> {
  const holder = await pool.connect();
  await holder.query('SELECT pg_advisory_lock(4242)');
  holder.release(true);
  await sleep(300);
  const { rows } = await direct.query<{ count: number }>(
    `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242`,
  );
  await direct.query(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242`);
  return rows[0]?.count ?? 0;
}
