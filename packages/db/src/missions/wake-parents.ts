import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';
import { GO_ON, hasNoChildLeft } from './go-on.ts';

/** waiting → queued, for those of these missions whose children have all ended and that wait for no other answer. */
export async function wakeParents(client: Client, missionIds: readonly string[]): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH ready AS MATERIALIZED (
        SELECT m.id, 'children' AS because, 0 AS events
        FROM missions m
        WHERE m.id = ANY (${[...new Set(missionIds)]}) AND m.status::text = 'waiting' AND m.pending_answers = 0
          AND m.child_count > 0
          AND ${hasNoChildLeft('m')}
        ORDER BY m.id
        FOR NO KEY UPDATE
      ), ${GO_ON}
      SELECT id AS "missionId", pool, priority, rings, 0 AS "afterMs" FROM went_on WHERE paused_at IS NULL`,
  );
}
