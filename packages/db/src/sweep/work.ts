import { IS_IN_LINE } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { EXPIRED, LATE } from './end-overdue.ts';
import { OVERDUE_ANSWERS } from './expire-answers.ts';
import { ORPHANS } from './requeue-orphans.ts';
import { DUE_DELIVERIES, DUE_MISSIONS, HELD_BACK } from './ring-due.ts';
import { CHILDREN, WAITING_PARENTS } from './settle-families.ts';

/** Which parts of the sweep have, or may have, something to do. */
export type SweepWork = {
  orphans: boolean;
  overdue: boolean;
  answers: boolean;
  families: boolean;
  missions: boolean;
  deliveries: boolean;
};

/**
 * The answer as a JSON object, for the heartbeat that wins the turn: an idle fleet then asks nothing else. Each question
 * is the one its part begins with, or a wider one, so that no part is passed over that has something to do.
 *
 * Answered by the first row of a partial index. The order is what makes sure of that: Postgres drops it from an EXISTS,
 * and then takes a pass over the table for the quicker way whenever it believes that many rows match.
 */
export const SWEEP_WORK = Prisma.sql`json_build_object(
  'orphans', EXISTS (SELECT FROM ${ORPHANS}),
  'overdue', (SELECT true FROM missions WHERE ${EXPIRED} ORDER BY expires_at LIMIT 1) IS NOT NULL
             OR (SELECT true FROM missions WHERE ${LATE} ORDER BY deadline_at LIMIT 1) IS NOT NULL,
  'answers', (SELECT true FROM answers WHERE ${OVERDUE_ANSWERS} ORDER BY expires_at LIMIT 1) IS NOT NULL,
  'families', (SELECT true FROM missions m WHERE ${WAITING_PARENTS} ORDER BY id LIMIT 1) IS NOT NULL
              OR (SELECT true FROM missions c WHERE ${CHILDREN} ORDER BY parent_mission_id LIMIT 1) IS NOT NULL,
  'missions', (SELECT true FROM missions WHERE ${DUE_MISSIONS} ORDER BY pool, priority, run_after LIMIT 1) IS NOT NULL,
  'deliveries', (SELECT true FROM deliveries WHERE ${DUE_DELIVERIES} ORDER BY next_attempt_at LIMIT 1) IS NOT NULL
                OR (SELECT true FROM webhook_endpoints WHERE ${HELD_BACK} ORDER BY held_back_at LIMIT 1) IS NOT NULL
                OR (SELECT true FROM deliveries d WHERE ${IS_IN_LINE} ORDER BY d.account_id LIMIT 1) IS NOT NULL)`;
