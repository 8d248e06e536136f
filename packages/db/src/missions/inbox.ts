import type { NamedAgent, WaitingKind } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex, runStatement } from '../statement.ts';
import type { OpenAsk } from './asks.ts';
import { GOAL_CHARS } from './list.ts';

/** An open ask, and whose it is. `goal`: its beginning. */
export type InboxAsk = OpenAsk & { missionId: string; goal: string; agent: NamedAgent | null };

export type InboxPage = {
  accountId: string;
  kinds: readonly WaitingKind[];
  /** The id the page starts after. */
  after: string | null;
  limit: number;
};

/**
 * What an account's waiting missions want to know, the oldest first: what is asked while somebody works through it comes
 * at the end. Each kind has its own part of the index, so that a rare one is not looked for among all the others.
 */
export async function readInbox(client: Client, { accountId, kinds, after, limit }: InboxPage): Promise<InboxAsk[]> {
  return runByIndex<InboxAsk>(
    client,
    Prisma.sql`
      SELECT f.*
      FROM unnest(${[...kinds]}::answer_kind[]) AS k(kind)
      CROSS JOIN LATERAL (
        SELECT a.id, a.kind, a.step_number AS step, a.call_index AS index, a.request, a.arguments_hash AS "argumentsHash",
               a.created_at AS "createdAt", a.expires_at AS "expiresAt", m.id AS "missionId",
               left(m.spec->>'goal', ${GOAL_CHARS}::int) AS goal, m.spec->'agent' AS agent
        FROM answers a
        -- Nearly all of them wait; Postgres thinks that of a comparison few do, and would read all that is open.
        JOIN missions m ON m.id = a.mission_id AND CASE WHEN m.status = 'waiting' THEN true ELSE false END
        WHERE a.account_id = ${accountId} AND a.kind = k.kind AND a.answered_at IS NULL
          AND (a.expires_at IS NULL OR a.expires_at > now()) AND a.id > ${after ?? ''}
        ORDER BY a.id LIMIT ${limit}::int
      ) f
      ORDER BY f.id LIMIT ${limit}::int`,
  );
}

/** What an ask of this account is, and whose, answered or not; `null`: it has no such ask. */
export async function findAsk(
  client: Client,
  accountId: string,
  askId: string,
): Promise<{ missionId: string; kind: WaitingKind } | null> {
  const [ask] = await runStatement<{ missionId: string; kind: WaitingKind }>(
    client,
    Prisma.sql`SELECT mission_id AS "missionId", kind FROM answers WHERE id = ${askId} AND account_id = ${accountId}`,
  );
  return ask ?? null;
}
