import type { Client } from '../client.ts';
import { isTaken } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { type AnchoredRecord, KEEP_RECORDS, type NewRecord, openRecords } from '../idempotency/open-records.ts';
import { recordset, runStatement } from '../statement.ts';
import {
  AFTER_MS,
  budgetsOf,
  type CreatedMission,
  insertMissions,
  NEW_MISSION,
  type NewMission,
  QUEUED_EVENTS,
  withSpecVersion,
} from './create.ts';

/** A mission that must not be stored twice: for the key of its request, for its dedupe key, or for both. */
export type OnceMission = { mission: NewMission; record: NewRecord | null };

/**
 * `busy`: its record has been written, or is being written just now: read it. `duplicate`: there is an unfinished
 * mission with its dedupe key. Neither has stored anything.
 */
export type CreateOnceOutcome = ({ kind: 'created' } & CreatedMission) | { kind: 'busy' } | { kind: 'duplicate' };

/**
 * Stores missions, each together with its record, in one statement: a process that dies before it has answered leaves
 * both or neither. Missions that are guarded by nothing do not come this way (`createMissions`), and pay nothing for it.
 */
export async function createMissionsOnce(client: Client, items: OnceMission[]): Promise<CreateOnceOutcome[]> {
  const missions = items.map(({ mission, record }) => ({ ...mission, anchorId: record ? mission.id : null }));
  const records = items.flatMap(({ mission, record }) =>
    record ? [{ ...record, anchorId: mission.id, missionId: mission.id }] : [],
  );
  try {
    const rows = await run(client, { missions, records, onDuplicate: SKIP });
    const byId = new Map(rows.map((row) => [row.id, row]));
    return items.map(({ mission }) => outcomeOf(byId.get(mission.id)));
  } catch (error) {
    // Of several, the batcher sends each again by itself.
    if (items.length === 1 && isTaken(error)) return [{ kind: 'busy' }];
    throw error;
  }
}

/**
 * Stores all of the missions, and the record of the one request that they came with, or nothing.
 * @returns `taken`: its record, or an unfinished mission with the dedupe key of one of them, is there or about to be
 */
export async function createMissionsTogether(
  client: Client,
  missions: readonly NewMission[],
  record: NewRecord | null,
): Promise<CreatedMission[] | 'taken'> {
  const [first] = missions;
  if (!first) return [];
  const anchorId = record ? first.id : null;
  try {
    const rows = await run(client, {
      missions: missions.map((mission) => ({ ...mission, anchorId })),
      records: record ? [{ ...record, anchorId: first.id, missionId: null }] : [],
      onDuplicate: Prisma.empty,
    });
    const created = rows.flatMap((row) => createdOf(row) ?? []);
    return created.length === missions.length ? created : 'taken';
  } catch (error) {
    if (isTaken(error)) return 'taken';
    throw error;
  }
}

/** The ids of an account's unfinished missions with these dedupe keys. */
export async function findUnfinished(
  client: Client,
  accountId: string,
  dedupeKeys: readonly string[],
): Promise<Map<string, string>> {
  if (dedupeKeys.length === 0) return new Map();
  const rows = await runStatement<{ id: string; dedupeKey: string }>(
    client,
    Prisma.sql`
      SELECT id, dedupe_key AS "dedupeKey" FROM missions
      WHERE account_id = ${accountId} AND dedupe_key = ANY (${[...dedupeKeys]}::text[]) AND finished_at IS NULL`,
  );
  return new Map(rows.map(({ id, dedupeKey }) => [dedupeKey, id]));
}

const SKIP = Prisma.sql`
  ON CONFLICT (account_id, dedupe_key) WHERE dedupe_key IS NOT NULL AND finished_at IS NULL DO NOTHING`;

type Row = { id: string; createdAt: Date | null; rings: number; afterMs: number; isBusy: boolean };

/** The index is what makes a dedupe key hold. Missions are stored in its order, so that two statements never wait for each other. */
function run(
  client: Client,
  options: {
    missions: readonly (NewMission & { anchorId: string | null })[];
    records: readonly AnchoredRecord[];
    onDuplicate: Prisma.Sql;
  },
): Promise<Row[]> {
  const { missions, records, onDuplicate } = options;
  return runStatement<Row>(
    client,
    Prisma.sql`
      WITH item AS MATERIALIZED (
        SELECT * FROM ${recordset(missions.map(withSpecVersion))} AS i(${NEW_MISSION}, "anchorId" text)
      ), open AS MATERIALIZED (${openRecords(records)}),
      created AS (
        ${insertMissions(Prisma.sql`
          item i
          WHERE i."anchorId" IS NULL OR EXISTS (SELECT FROM open o WHERE o."anchorId" = i."anchorId")
          ORDER BY i."accountId", i."dedupeKey"`)}
        ${onDuplicate}
        RETURNING id, account_id, created_at, rings, spec, ${AFTER_MS} AS after_ms
      ), event AS (${QUEUED_EVENTS})${budgetsOf(missions)}, kept AS (${KEEP_RECORDS})
      SELECT i.id, c.created_at AS "createdAt", COALESCE(c.rings, 0) AS rings, COALESCE(c.after_ms, 0) AS "afterMs",
             i."anchorId" IS NOT NULL AND NOT EXISTS (SELECT FROM open o WHERE o."anchorId" = i."anchorId") AS "isBusy"
      FROM item i LEFT JOIN created c ON c.id = i.id`,
  );
}

function outcomeOf(row: Row | undefined): CreateOnceOutcome {
  if (!row || row.isBusy) return { kind: 'busy' };
  const created = createdOf(row);
  return created ? { kind: 'created', ...created } : { kind: 'duplicate' };
}

function createdOf({ id, createdAt, rings, afterMs }: Row): CreatedMission | null {
  return createdAt && { id, createdAt, rings, afterMs };
}
