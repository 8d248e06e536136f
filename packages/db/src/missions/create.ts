import type { ChildStart, MissionSpec } from '@flotilla/core';
import { hasBudget, specVersionOf } from '@flotilla/core';
import { amountsOf, hasRoleBudgetsIn } from '../budgets/limits.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';

export type NewMission = {
  id: string;
  accountId: string;
  spec: MissionSpec;
  pool: string;
  priority: number;
  tags: string[];
  metadata: Record<string, string>;
  /** The conversation it belongs to. */
  sessionId?: string | null;
  /** The version of the agent that it names. */
  agentId?: string | null;
  /** The endpoint its webhook names, if it has one. */
  endpointId: string | null;
  /** Of missions of an account with the same one, at most one is unfinished. */
  dedupeKey?: string | null;
  /** Not to be started before; not to be started after; not to run after. */
  startAt?: Date | null;
  /** Not to be started for so long from the moment it is stored at, where there is no `startAt`. */
  delaySeconds?: number | null;
  expiresAt?: Date | null;
  deadlineAt?: Date | null;
  /** The trace it belongs to, as W3C's header has it; absent where nobody traces. */
  traceparent?: string | null;
};

/** A mission that a tool call of a running one starts, as part of that one's park. Inherits all that is not said here. */
export type NewChild = ChildStart & { id: string };

/**
 * `rings` is the number of the bell that the caller may now ring; 0: it is to start later, in `afterMs`, and the sweep
 * rings.
 */
export type CreatedMission = { id: string; createdAt: Date; rings: number; afterMs: number };

/** Stores missions and their first events. */
export async function createMissions(client: Client, missions: NewMission[]): Promise<CreatedMission[]> {
  const items = missions.map(withSpecVersion);
  const rows = await runStatement<CreatedMission>(
    client,
    Prisma.sql`
      WITH created AS (
        ${insertMissions(Prisma.sql`${recordset(items)} AS i(${NEW_MISSION})`)}
        RETURNING id, account_id, created_at, rings, spec, ${AFTER_MS} AS after_ms
      ), event AS (${QUEUED_EVENTS})${budgetsOf(missions)}
      SELECT id, created_at AS "createdAt", rings, after_ms AS "afterMs" FROM created`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return missions.flatMap((mission) => byId.get(mission.id) ?? []);
}

/** A mission as `NEW_MISSION` has it. */
export function withSpecVersion<Mission extends NewMission>(mission: Mission): Mission & { specVersion: number } {
  return { ...mission, specVersion: specVersionOf(mission.spec) };
}

/** A `NewMission` as a row of a recordset. */
export const NEW_MISSION = Prisma.sql`
  id text, "accountId" text, "sessionId" text, "agentId" text, spec jsonb, "specVersion" int, pool text, priority int2, tags text[],
  metadata jsonb, "endpointId" text, "dedupeKey" text, "startAt" timestamptz, "delaySeconds" float8, "expiresAt" timestamptz,
  "deadlineAt" timestamptz, traceparent text`;

/** By this clock alone: those of the API's processes may be minutes apart, and only this one says when a mission is due. */
const START_AT = Prisma.sql`COALESCE(i."startAt", now() + i."delaySeconds" * interval '1 second')`;

/** How long from now a mission starts that is being stored; 0: at once. */
export const AFTER_MS = Prisma.sql`GREATEST(extract(epoch FROM run_after - now()) * 1000, 0)::float8`;

/** Stores the missions of `source`, whose rows are `i`. `rungAt` is set at once: if the bell gets lost, the sweep rings again. */
export function insertMissions(source: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO missions (id, account_id, session_id, agent_id, spec, spec_version, pool, priority, tags, metadata,
                          endpoint_id, dedupe_key, event_sequence, run_after, expires_at, deadline_at, status_code,
                          status_message, rings, rung_at, traceparent)
    SELECT i.id, i."accountId", i."sessionId", i."agentId", i.spec, i."specVersion", i.pool, i.priority, i.tags, i.metadata,
           i."endpointId", i."dedupeKey", 1, COALESCE(${START_AT}, now()), i."expiresAt", i."deadlineAt",
           CASE WHEN ${START_AT} > now() THEN 'delayed' END,
           CASE WHEN ${START_AT} > now() THEN 'it is to start later' END,
           CASE WHEN ${START_AT} > now() THEN 0 ELSE 1 END,
           CASE WHEN ${START_AT} > now() THEN NULL ELSE now() END, i.traceparent
    FROM ${source}`;
}

/** The first events of the missions that a statement has `created`. */
export const QUEUED_EVENTS = Prisma.sql`
  INSERT INTO mission_events (mission_id, sequence, account_id, type)
  SELECT id, 1, account_id, 'mission.queued' FROM created`;

const OWN = amountsOf(Prisma.sql`(spec->'budget')`);
const FIRST_ROLES = amountsOf(Prisma.sql`(spec->'chain'->0->'budget')`);
const HAS_ROLE_BUDGETS = hasRoleBudgetsIn(Prisma.sql`spec`);

/** CTE that gives the missions that a statement has `created` the budgets that their specs name; nothing where none does. */
export function budgetsOf(missions: readonly NewMission[]): Prisma.Sql {
  if (!missions.some(({ spec }) => hasBudget(spec))) return Prisma.empty;
  return Prisma.sql`, budgeted AS (
    INSERT INTO budgets (mission_id, micro_usd, tokens, steps, seconds, role_stage, role_micro_usd, role_tokens, role_steps,
                         role_seconds)
    SELECT id, ${OWN.microUsd}, ${OWN.tokens}, ${OWN.steps}, ${OWN.seconds}, CASE WHEN ${HAS_ROLE_BUDGETS} THEN 0 END,
           ${FIRST_ROLES.microUsd}, ${FIRST_ROLES.tokens}, ${FIRST_ROLES.steps}, ${FIRST_ROLES.seconds}
    FROM created WHERE spec ? 'budget' OR ${HAS_ROLE_BUDGETS})`;
}
