import type { ChildStart, MissionSpec } from '@flotilla/core';
import { specVersionOf } from '@flotilla/core';
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
  /** Not to be started before; not to be started after; not to run after. */
  startAt?: Date | null;
  expiresAt?: Date | null;
  deadlineAt?: Date | null;
};

/** A mission that a tool call of a running one starts, as part of that one's park. Inherits all that is not said here. */
export type NewChild = ChildStart & { id: string };

/** `rings` is the number of the bell that the caller may now ring; 0: it is to start later, and the sweep rings. */
export type CreatedMission = { id: string; createdAt: Date; rings: number };

/** Stores missions and their first events. `rungAt` is set at once: if the bell gets lost, the sweep rings again. */
export async function createMissions(client: Client, missions: NewMission[]): Promise<CreatedMission[]> {
  const items = missions.map((mission) => ({ ...mission, specVersion: specVersionOf(mission.spec) }));
  const rows = await runStatement<CreatedMission>(
    client,
    Prisma.sql`
      WITH created AS (
        INSERT INTO missions (id, account_id, session_id, agent_id, spec, spec_version, pool, priority, tags, metadata, endpoint_id,
                              event_sequence, run_after, expires_at, deadline_at, status_code, status_message, rings, rung_at)
        SELECT i.id, i."accountId", i."sessionId", i."agentId", i.spec, i."specVersion", i.pool, i.priority, i.tags, i.metadata, i."endpointId",
               1, COALESCE(i."startAt", now()), i."expiresAt", i."deadlineAt",
               CASE WHEN i."startAt" > now() THEN 'delayed' END,
               CASE WHEN i."startAt" > now() THEN 'it is to start later' END,
               CASE WHEN i."startAt" > now() THEN 0 ELSE 1 END,
               CASE WHEN i."startAt" > now() THEN NULL ELSE now() END
        FROM ${recordset(items)} AS i(id text, "accountId" text, "sessionId" text, "agentId" text, spec jsonb, "specVersion" int, pool text, priority int2,
                                         tags text[], metadata jsonb, "endpointId" text,
                                         "startAt" timestamptz, "expiresAt" timestamptz, "deadlineAt" timestamptz)
        RETURNING id, account_id, created_at, rings
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type)
        SELECT id, 1, account_id, 'mission.queued' FROM created
      )
      SELECT id, created_at AS "createdAt", rings FROM created`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return missions.flatMap((mission) => byId.get(mission.id) ?? []);
}
