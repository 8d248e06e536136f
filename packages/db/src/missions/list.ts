import { hasBudget } from '@flotilla/core';
import { readBudgets } from '../budgets/read.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex } from '../statement.ts';
import {
  type Around,
  type ListedMission,
  type ListedRow,
  type ListedSpec,
  SHORT_COLUMNS,
  toListedMission,
} from './mission-row.ts';

/** Characters of a goal that lists have; whoever wants all of it reads the mission. */
export const GOAL_CHARS = 250;

/** What a search has found, newest first. `endsAt`: where it gave up, with more to look through; `null`: it did not. */
export type FoundMissions = { missions: ListedMission[]; endsAt: string | null };

/** What the row of a mission does not tell, but for its budget. */
export type AroundRow = Pick<Around, 'webhook'> & { poolPausedAt: Date | null; now: Date };
type FoundRow = ListedRow & { spec: ListedSpec } & AroundRow;
type Row = { foundId: string } & (({ isEnd: false } & FoundRow) | { isEnd: true });

/** {@link SHORT_COLUMNS} of a mission `m`, by the names that rows have them by. */
export const COLUMNS = Prisma.raw(
  SHORT_COLUMNS.map(
    (name) => `m.${name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)} AS "${name}"`,
  ).join(),
);

/** {@link AroundRow} of a mission `m`. */
export const AROUND = Prisma.sql`
  (SELECT jsonb_build_object('endpointId', w.id, 'url', w.url, 'isEnabled', w.disabled_at IS NULL)
   FROM webhook_endpoints w WHERE w.id = m.endpoint_id) AS webhook,
  CASE WHEN m.status = 'queued' THEN (SELECT p.paused_at FROM pools p WHERE p.name = m.pool) END AS "poolPausedAt",
  now() AS now`;

/**
 * The missions that a statement finds, read by itself: what it has found by their states is in these states. A spec is
 * taken to pieces once, since a long one is unpacked anew for each piece.
 *
 * @param search a statement of `id` and `isEnd`: a mission of the account, or where the search gave up
 */
export async function listFound(client: Client, search: Prisma.Sql): Promise<FoundMissions> {
  const rows = await runByIndex<Row>(
    client,
    Prisma.sql`
      SELECT f.id AS "foundId", f."isEnd", l.*
      FROM (${search}) f
      LEFT JOIN LATERAL (
        SELECT m.id, ${COLUMNS},
               jsonb_strip_nulls(jsonb_build_object(
                 'goal', left(s.goal, ${GOAL_CHARS}::int), 'model', s.model, 'agent', s.agent, 'budget', s.budget,
                 'chain', (SELECT jsonb_agg(jsonb_build_object('model', c.stage->'model', 'budget', c.stage->'budget')
                                            ORDER BY c.place)
                           FROM jsonb_array_elements(s.chain) WITH ORDINALITY AS c(stage, place)))) AS spec,
               ${AROUND}
        FROM missions m
        CROSS JOIN LATERAL jsonb_to_record(m.spec) AS s(goal text, model text, agent jsonb, budget jsonb, chain jsonb)
        WHERE m.id = f.id AND NOT f."isEnd"
        -- Keeps Postgres from reading both sides in the order of their ids, all that the deployment ever had among them.
        OFFSET 0
      ) l ON true
      WHERE f."isEnd" OR l.id IS NOT NULL
      ORDER BY f.id DESC`,
  );
  const found = rows.flatMap((row) => (row.isEnd ? [] : row));
  const budgets = await readBudgets(
    client,
    found.flatMap(({ id, spec }) => (hasBudget(spec) ? id : [])),
  );
  return {
    missions: found.map((row) => {
      const { id, webhook, poolPausedAt, now } = row;
      const pool = { pausedAt: poolPausedAt, now };
      return toListedMission(row, { webhook, pool, budget: budgets.get(id) ?? null });
    }),
    endsAt: rows.find(({ isEnd }) => isEnd)?.foundId ?? null,
  };
}

export type MissionPage = {
  accountId: string;
  /** The id the page starts after; ids sort by time. */
  before: string | null;
  limit: number;
  /** Only the children of this mission. */
  parentMissionId?: string;
};

/** A page of an account's missions, newest first. */
export async function listMissions(client: Client, page: MissionPage): Promise<ListedMission[]> {
  const { accountId, before, limit, parentMissionId } = page;
  const conditions = [
    Prisma.sql`m.account_id = ${accountId}`,
    ...(before === null ? [] : [Prisma.sql`m.id < ${before}`]),
    ...(parentMissionId === undefined ? [] : [Prisma.sql`m.parent_mission_id = ${parentMissionId}`]),
  ];
  const { missions } = await listFound(
    client,
    Prisma.sql`
      SELECT m.id, false AS "isEnd" FROM missions m
      WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY m.id DESC LIMIT ${limit}::int`,
  );
  return missions;
}
