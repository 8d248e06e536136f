import type { Ownership } from '@flotilla/core';
import { LEASE_EXPIRES_AFTER_MS, SWEEP_EVERY_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { SWEEP_WORK, type SweepWork } from '../sweep/work.ts';
import { type MissionToStop, toStopOf } from './to-stop.ts';

/**
 * `alive: false`: the lease had expired. That is final; the worker aborts everything and registers anew. `sweep`: it is
 * this worker's turn to sweep, and this is what there is to do. `isDraining`, `toolsOff`: what operators have switched off.
 */
export type Heartbeat = {
  alive: boolean;
  sweep: SweepWork | null;
  running: number;
  toStop: MissionToStop[];
  isDraining: boolean;
  toolsOff: string[];
};

/** `takesTurn`: a sweep that is due can begin on this worker now; or its turn is left to another one's heartbeat. */
export type BeatOptions = { takesTurn?: boolean };

/**
 * One statement a worker, however many missions it holds: renews the lease, counts them, brings back which of them are to
 * stop, and takes the sweep's turn if it is due, with what there is to do in it. Only an unexpired lease is renewed, so
 * that a worker that slept through its own end cannot take back what may already run elsewhere.
 */
export async function beat(
  client: Client,
  workerId: string,
  { takesTurn = true }: BeatOptions = {},
): Promise<Heartbeat> {
  const [row] = await runStatement<Heartbeat>(
    client,
    Prisma.sql`
      WITH beat AS (
        UPDATE workers
        SET heartbeat_at = now(), lease_expires_at = now() + ${LEASE_EXPIRES_AFTER_MS}::int * interval '1 millisecond'
        WHERE id = ${workerId} AND stopped_at IS NULL AND lease_expires_at > now()
        RETURNING id, draining_at
      ), turn AS (
        UPDATE turns SET next_at = now() + ${SWEEP_EVERY_MS}::int * interval '1 millisecond'
        WHERE name = 'sweep' AND next_at <= now() AND ${takesTurn}::boolean AND EXISTS (SELECT FROM beat)
        RETURNING name
      )
      SELECT EXISTS (SELECT FROM beat) AS alive,
             CASE WHEN EXISTS (SELECT FROM turn) THEN ${SWEEP_WORK} END AS sweep,
             (SELECT count(*)::int FROM missions m WHERE m.worker_id = ${workerId} AND m.status = 'running') AS running,
             ${toStopOf(workerId)} AS "toStop",
             EXISTS (SELECT FROM beat WHERE draining_at IS NOT NULL) AS "isDraining",
             ARRAY(SELECT name FROM switched_off_tools) AS "toolsOff"`,
  );
  return row ?? { alive: false, sweep: null, running: 0, toStop: [], isDraining: false, toolsOff: [] };
}

/** What runs on a worker, and what its step in hand has cost so far; as `Release` has it. */
export type HeldMission = Ownership & { tries: number; failingForMs: number | null };

/** The missions that run on this worker, as the database sees it. */
export async function readHeld(client: Client, workerId: string): Promise<HeldMission[]> {
  return runStatement<HeldMission>(
    client,
    Prisma.sql`
      SELECT id AS "missionId", attempt, tries, extract(epoch FROM now() - failing_since)::float8 * 1000 AS "failingForMs"
      FROM missions WHERE worker_id = ${workerId} AND status = 'running'`,
  );
}
