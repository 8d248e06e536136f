import type { EarlierMission, SaidMessage } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { readSteps } from '../steps/read.ts';

/** So many missions of a session are read at once. */
const PAGE = 20;

type Row = {
  id: string;
  said: SaidMessage[] | null;
  goal: string;
  output: string | null;
  stepCount: number;
  isChain: boolean;
};

/**
 * What was said in a session before one of its missions, oldest first: as much of it as makes up `messages` messages,
 * read from the end. Missions that never started said nothing; neither did what this one is the retry or the fork of,
 * nor what that is one of, and so on: their steps it has itself.
 */
export async function readEarlier(
  client: Client,
  of: { sessionId: string; missionId: string; messages: number },
): Promise<EarlierMission[]> {
  const earlier: EarlierMission[] = [];
  let left = of.messages;
  let before = of.missionId;
  while (left > 0) {
    const rows = await readPage(client, { ...of, before });
    for (const row of rows) {
      if (left <= 0) break;
      const mission = await toEarlier(client, row, left);
      // What was said before its goal, that and its answer, and for each other step a reply and its results.
      left -= (row.said?.length ?? 0) + 2 + 2 * mission.steps.length;
      earlier.unshift(mission);
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) break;
    before = last.id;
  }
  return earlier;
}

async function readPage(
  client: Client,
  page: { sessionId: string; missionId: string; before: string },
): Promise<Row[]> {
  const { sessionId, missionId, before } = page;
  return runStatement<Row>(
    client,
    Prisma.sql`
      WITH RECURSIVE origin AS (
        SELECT self.retry_of, self.forked_from FROM missions self WHERE self.id = ${missionId}
        UNION
        SELECT o.retry_of, o.forked_from FROM origin n JOIN missions o ON o.id = ANY (ARRAY[n.retry_of, n.forked_from])
      )
      SELECT m.id, m.spec->'said' AS said, m.spec->>'goal' AS goal, m.output, m.step_count AS "stepCount", m.spec ? 'chain' AS "isChain"
      FROM missions m JOIN missions b ON b.id = ${before}
      WHERE m.session_id = ${sessionId} AND m.finished_at IS NOT NULL AND m.started_at IS NOT NULL
        -- The order in which a session's missions have their turn.
        AND (m.created_at, m.id) < (b.created_at, b.id)
        AND NOT EXISTS (SELECT FROM origin n WHERE m.id IN (n.retry_of, n.forked_from))
      ORDER BY m.created_at DESC, m.id DESC LIMIT ${PAGE}::int`,
  );
}

/** The roles of a chain talk among themselves; what the session hears is what came of it. */
async function toEarlier(client: Client, row: Row, left: number): Promise<EarlierMission> {
  const { id, output, stepCount, isChain } = row;
  const own = { missionId: id, ...(row.said && { said: row.said }), goal: row.goal, answer: output };
  const answers = output === null ? 0 : 1;
  const exchanges = Math.max(0, stepCount - answers);
  if (isChain || exchanges === 0) return { ...own, steps: [] };
  const limit = Math.min(exchanges, Math.ceil(left / 2));
  const steps = await readSteps(client, { missionId: id, after: exchanges - limit, limit });
  return {
    ...own,
    steps: steps.filter((step) => step.toolCalls.length > 0 && step.completedAt !== null),
  };
}
