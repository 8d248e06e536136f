import { type Agent, type AgentDefinition, createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

export type NewAgent = { accountId: string; name: string; definition: AgentDefinition };

/** `isNew`: the definition is another one than before, and so this is a version more. */
export type PutAgent = { agent: Agent; isNew: boolean };

/** Of so many PUTs of one name at the same time, the last gets its turn. */
const GOES = 50;

/**
 * An agent's newest version, if it has this definition, whatever order its keys come in; or else the next version.
 * Versions are never changed and have no gaps. One that follows a switched-off one is off as well.
 */
export async function putAgent(client: Client, { accountId, name, definition }: NewAgent): Promise<PutAgent> {
  const pool = definition.pool ?? 'default';
  for (let go = 1; go <= GOES; go++) {
    const [put] = await runStatement<PutAgent['agent'] & { isNew: boolean }>(
      client,
      Prisma.sql`
        WITH newest AS (
          SELECT * FROM agents WHERE account_id = ${accountId} AND name = ${name} ORDER BY version DESC LIMIT 1
          -- Whoever switches it off at the same time is waited for, or waits.
          FOR SHARE
        ), next AS (
          INSERT INTO agents (id, account_id, name, version, definition, pool, switched_off_at)
          SELECT ${createId('agent')}, ${accountId}, ${name}, COALESCE((SELECT version FROM newest), 0) + 1,
                 ${JSON.stringify(definition)}::jsonb, ${pool}, (SELECT switched_off_at FROM newest)
          WHERE NOT EXISTS (SELECT FROM newest WHERE definition = ${JSON.stringify(definition)}::jsonb)
          -- Somebody else's PUT was quicker: the next go sees it.
          ON CONFLICT (account_id, name, version) DO NOTHING
          RETURNING *
        )
        SELECT id, name, version, definition, created_at AS "createdAt", true AS "isNew" FROM next
        UNION ALL
        SELECT id, name, version, definition, created_at, false FROM newest
        WHERE definition = ${JSON.stringify(definition)}::jsonb`,
    );
    if (put) {
      const { isNew, ...agent } = put;
      return { agent, isNew };
    }
  }
  throw new Error(`the agent ${name} is changed faster than it can be written`);
}
