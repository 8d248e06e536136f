import type pg from 'pg';
import { percentile } from '../bench/statistics.ts';
import type { Arrival } from './receiver.ts';
import { readWaits } from './waits.ts';

/** What there should be none of, and what there is. */
export type Verdict = { wrong: string[]; lines: string[] };

/** How late an attempt may be that nothing but its own wait has kept: a sweep's period, its ring, and its turn. */
const LATE_AFTER_MS = 3_000;

/**
 * Whether every end was told at least once, under one id, with a signature that holds, and its attempts came in order and
 * no sooner than the schedule says.
 */
export async function judge(
  sql: pg.Pool,
  of: { accountId: string; endpointId: string; arrivals: readonly Arrival[]; schedule: readonly number[] },
): Promise<Verdict> {
  const wrong: string[] = [];
  const { rows: ended } = await sql.query<{ id: string }>(
    `SELECT id FROM missions WHERE account_id = $1 AND status = 'completed'`,
    [of.accountId],
  );
  const ofMission = Map.groupBy(of.arrivals, ({ missionId }) => missionId);
  const untold = ended.filter(({ id }) => !ofMission.get(id)?.some(({ isTaken }) => isTaken));
  if (untold.length > 0) wrong.push(`${untold.length} of ${ended.length} ends were never taken by the receiver`);
  const named = [...ofMission.values()].filter((all) => new Set(all.map(({ webhookId }) => webhookId)).size > 1);
  if (named.length > 0) wrong.push(`${named.length} ends came under more than one id`);
  const unsigned = of.arrivals.filter(({ isVerified }) => !isVerified);
  if (unsigned.length > 0) wrong.push(`${unsigned.length} signatures did not hold`);

  const { rows: statuses } = await sql.query<{ status: string; count: number }>(
    `SELECT status::text, count(*)::int AS count FROM deliveries WHERE endpoint_id = $1 GROUP BY status`,
    [of.endpointId],
  );
  const unsettled = statuses.filter(({ status }) => status !== 'delivered');
  for (const { status, count } of unsettled) wrong.push(`${count} deliveries are ${status}`);
  const { rows: gaps } = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT d.id FROM deliveries d JOIN delivery_attempts a ON a.delivery_id = d.id WHERE d.endpoint_id = $1
       GROUP BY d.id, d.attempt HAVING count(*) <> d.attempt OR max(a.number) <> d.attempt) g`,
    [of.endpointId],
  );
  if ((gaps[0]?.count ?? 0) > 0) wrong.push(`${gaps[0]?.count} deliveries have gaps in their attempts`);

  const { rows: gone } = await sql.query<{ tries: number; waitMs: number }>(
    `SELECT number - 1 AS tries, (extract(epoch FROM started_at - before) * 1000)::float8 AS "waitMs"
     FROM (
       SELECT a.number, a.started_at,
              lag(a.started_at + a.duration_ms * interval '1 millisecond') OVER (PARTITION BY a.delivery_id ORDER BY a.number) AS before
       FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.endpoint_id = $1) w
     WHERE before IS NOT NULL`,
    [of.endpointId],
  );
  // A duration is stored in whole milliseconds.
  const early = gone.filter(({ tries, waitMs }) => waitMs < 0.5 * (of.schedule[tries - 1] ?? 0) - 2);
  if (early.length > 0) wrong.push(`${early.length} attempts came sooner than the schedule says`);

  const waits = await readWaits(sql, of.endpointId);
  const lateness = (isHeldBack: boolean) =>
    waits.flatMap((wait) => (wait.isHeldBack === isHeldBack ? Math.round(wait.lateMs) : []));
  const [free, heldBack] = [lateness(false), lateness(true)];
  if (percentile(free, 95) > LATE_AFTER_MS) wrong.push('attempts came late although their endpoint had room');

  const repeats = [...ofMission.values()].reduce(
    (sum, all) => sum + Math.max(0, all.filter((one) => one.isTaken).length - 1),
    0,
  );
  return {
    wrong,
    lines: [
      `${ended.length} ends, ${of.arrivals.length} POSTs that arrived, ${repeats} of them after one that was taken`,
      ...(free.length > 0 ? [`${free.length} attempts after their drawn wait, late by ${spread(free)}`] : []),
      ...(heldBack.length > 0
        ? [`${heldBack.length} that waited for room at the endpoint beside, late by ${spread(heldBack)}`]
        : []),
    ],
  };
}

function spread(ms: readonly number[]): string {
  const [p50, p95, most] = [percentile(ms, 50), percentile(ms, 95), percentile(ms, 100)];
  return `${p50} ms in the median, ${p95} ms at the 95th percentile, ${most} ms at most`;
}
