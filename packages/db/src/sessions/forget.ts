import type { Client } from '../client.ts';
import { LOCKS_BRIEFLY, runRepeatedly } from '../statement.ts';

/** Few, since each may have a hundred memories, which go with it. */
export const FORGET_SESSIONS = 50;

/**
 * Deletes sessions, with their plans and memories, that have no missions any more and were not used for as long as their
 * account keeps missions: by no mission that ran or was erased, and by nobody who wrote its plan. One whose missions have
 * all passed their retention goes with the last of them. Each session is looked at when it may have come to that
 * (`look_at`), and otherwise again when it may have by then, within a week, since an account may be told to keep less.
 *
 * Whoever stores a mission of a session waits for the lock on its row, and whoever looks here passes it by meanwhile: the
 * statement that deletes, whose snapshot is younger than the locks, sees all missions that there are. One short batch a call.
 * @returns how many were looked at
 */
export async function forgetSessions(client: Client): Promise<number> {
  return runRepeatedly(() =>
    client.$transaction(async (transaction) => {
      await transaction.$executeRaw(LOCKS_BRIEFLY);
      await transaction.$executeRaw`SET LOCAL enable_seqscan = off`;
      const due = await transaction.$queryRaw<{ id: string }[]>`
        SELECT s.id FROM sessions s WHERE s.look_at < now() ORDER BY s.look_at
        LIMIT ${FORGET_SESSIONS}::int
        FOR UPDATE SKIP LOCKED`;
      if (due.length === 0) return 0;
      await transaction.$executeRaw`
        WITH judged AS MATERIALIZED (
          SELECT s.id, last.used_at IS NOT NULL AS has_missions,
                 GREATEST(s.updated_at, last.used_at) + a.retention_days * interval '1 day' AS kept_until
          FROM sessions s
          JOIN accounts a ON a.id = s.account_id
          LEFT JOIN LATERAL (
            SELECT COALESCE(m.finished_at, now()) AS used_at FROM missions m
            WHERE m.session_id = s.id
            ORDER BY m.id DESC
            LIMIT 1
          ) last ON true
          WHERE s.id = ANY (${due.map(({ id }) => id)})
        ), gone AS (
          DELETE FROM sessions s USING judged j WHERE s.id = j.id AND NOT j.has_missions AND j.kept_until < now()
        )
        UPDATE sessions s
        SET look_at = GREATEST(now() + interval '1 hour', LEAST(j.kept_until, now() + interval '7 days'))
        FROM judged j
        WHERE s.id = j.id AND (j.has_missions OR j.kept_until >= now())`;
      return due.length;
    }),
  );
}
