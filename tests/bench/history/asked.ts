import pg from 'pg';
import type { WithHistory } from './store-history.ts';

/** Things of one account to ask about, drawn from all that it has; and a moment in the middle of its history. */
export type Asked = {
  /** With a journal; with children. */
  missionIds: string[];
  parentIds: string[];
  sessionIds: string[];
  deliveryIds: string[];
  agents: string[];
  tags: string[];
  middle: Date;
};

const DRAWN = 20;

/** What an account may be asked about. */
export async function drawAsked(databaseUrl: string, { accountId }: WithHistory): Promise<Asked> {
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  const draw = async (what: string, from: string) => {
    const { rows } = await sql.query<{ what: string }>(
      `SELECT what FROM (SELECT DISTINCT ${what} AS what FROM ${from}) all_of_it ORDER BY random() LIMIT ${DRAWN}`,
      [accountId],
    );
    return rows.map((row) => row.what);
  };
  try {
    const { rows } = await sql.query<{ middle: Date }>(
      `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY created_at) AS middle FROM missions WHERE account_id = $1`,
      [accountId],
    );
    return {
      missionIds: await draw('mission_id', 'usage_records WHERE account_id = $1'),
      parentIds: await draw('parent_mission_id', 'missions WHERE account_id = $1 AND parent_mission_id IS NOT NULL'),
      sessionIds: await draw('session_id', 'missions WHERE account_id = $1 AND session_id IS NOT NULL'),
      deliveryIds: await draw('id', 'deliveries WHERE account_id = $1'),
      agents: await draw('name', 'agents WHERE account_id = $1'),
      tags: await draw('tag', 'mission_tags WHERE account_id = $1'),
      middle: rows[0]?.middle ?? new Date(),
    };
  } finally {
    await sql.end();
  }
}
