import type { Agent, AgentRef } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

const SHOWN = Prisma.sql`a.id, a.name, a.version, a.definition, a.created_at AS "createdAt"`;

/** One version of an account's agent, the newest where none is named; or `null`. */
export async function readAgent(client: Client, accountId: string, { name, version }: AgentRef): Promise<Agent | null> {
  const isVersion = version === null ? Prisma.empty : Prisma.sql`AND a.version = ${version}::int`;
  const [agent] = await runStatement<Agent>(
    client,
    Prisma.sql`
      SELECT ${SHOWN} FROM agents a
      WHERE a.account_id = ${accountId} AND a.name = ${name} ${isVersion}
      ORDER BY a.version DESC LIMIT 1`,
  );
  return agent ?? null;
}

/** A page of an account's agents by name, the newest version of each. `after`: the name before the page. */
export async function listAgents(
  client: Client,
  { accountId, after, limit }: { accountId: string; after: string | null; limit: number },
): Promise<Agent[]> {
  return runStatement<Agent>(
    client,
    // From name to name by the index: however many versions an agent has, one of them is read.
    Prisma.sql`
      WITH RECURSIVE names AS (
        (SELECT name, 1 AS place FROM agents
         WHERE account_id = ${accountId} AND name > ${after ?? ''} ORDER BY name LIMIT 1)
        UNION ALL
        SELECT (SELECT a.name FROM agents a
                WHERE a.account_id = ${accountId} AND a.name > n.name ORDER BY a.name LIMIT 1), n.place + 1
        FROM names n WHERE n.name IS NOT NULL AND n.place < ${limit}::int
      )
      SELECT ${SHOWN} FROM names n
      JOIN LATERAL (
        SELECT * FROM agents v WHERE v.account_id = ${accountId} AND v.name = n.name ORDER BY v.version DESC LIMIT 1
      ) a ON true
      ORDER BY a.name`,
  );
}

/** A page of an agent's versions, newest first. `before`: the version before the page. */
export async function listAgentVersions(
  client: Client,
  page: { accountId: string; name: string; before: number | null; limit: number },
): Promise<Agent[]> {
  const { accountId, name, before, limit } = page;
  const isBefore = before === null ? Prisma.empty : Prisma.sql`AND a.version < ${before}::int`;
  return runStatement<Agent>(
    client,
    Prisma.sql`
      SELECT ${SHOWN} FROM agents a
      WHERE a.account_id = ${accountId} AND a.name = ${name} ${isBefore}
      ORDER BY a.version DESC LIMIT ${limit}::int`,
  );
}
