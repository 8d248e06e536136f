import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

export type SwitchedAgent = { account: string; name: string; off: boolean };

/** What the claim says as well. */
export const AGENT_OFF = 'an operator switched its agent off';

/** Missions that are told of it in one statement: enough to be quick, few enough to be in nobody's way. */
const AT_ONCE = 1_000;

/**
 * Switches an agent of an account off, all its versions and those to come, or on again; doing either twice is doing it
 * once. What runs goes on to its end; what is queued is kept, and turned away by its claims as `agent_off`.
 *
 * The missions that are due are told in batches: until then one that is off would be taken for one that waits for a
 * slot or for its account's room, and one that is on again would wait for the sweep to find it.
 *
 * `null`: there is no such account, or it has no such agent.
 */
export async function setAgentOff(
  client: Client,
  { account, agent, off }: { account: string; agent: string; off: boolean },
): Promise<SwitchedAgent | null> {
  const versions = await switchVersions(client, { account, agent, off });
  for (const { id } of versions) await tellMissions(client, { agentId: id, off });
  const [first] = versions;
  return first ? { account: first.account, name: agent, off } : null;
}

type Version = { id: string; account: string; toChange: boolean };

/** A version that was PUT at the same time has waited for this, or is found by the second look. */
async function switchVersions(
  client: Client,
  { account, agent, off }: { account: string; agent: string; off: boolean },
): Promise<Version[]> {
  for (;;) {
    const versions = await runStatement<Version>(
      client,
      Prisma.sql`
        WITH found AS MATERIALIZED (
          SELECT g.id, a.name AS account, (g.switched_off_at IS NOT NULL) <> ${off} AS to_change
          FROM accounts a JOIN agents g ON g.account_id = a.id
          WHERE (a.id = ${account} OR a.name = ${account}) AND g.name = ${agent}
        ), changed AS (
          UPDATE agents g SET switched_off_at = CASE WHEN ${off} THEN now() END
          FROM found f WHERE g.id = f.id AND f.to_change
        )
        SELECT id, account, to_change AS "toChange" FROM found ORDER BY id`,
    );
    if (versions.every(({ toChange }) => !toChange)) return versions;
  }
}

/** Those that others hold are passed by: a claim says the same, and the sweep rings what is on in any case. */
async function tellMissions(client: Client, { agentId, off }: { agentId: string; off: boolean }): Promise<void> {
  const told = off
    ? Prisma.sql`
        SET status_code = 'agent_off', status_message = ${AGENT_OFF}, status_at = now()
        FROM locked l WHERE m.id = l.id AND m.status_code IS DISTINCT FROM 'agent_off'`
    : Prisma.sql`
        SET status_code = NULL, status_message = NULL, status_at = now(), rung_at = NULL
        FROM locked l WHERE m.id = l.id AND m.status_code = 'agent_off'`;
  for (let after: string | null = ''; after !== null; ) {
    const [batch]: { last: string | null }[] = await runStatement<{ last: string | null }>(
      client,
      Prisma.sql`
        WITH next AS MATERIALIZED (
          SELECT id FROM missions
          WHERE agent_id = ${agentId} AND status = 'queued' AND id > ${after}
          ORDER BY id LIMIT ${AT_ONCE}::int
        ), locked AS MATERIALIZED (
          SELECT m.id FROM missions m JOIN next n ON n.id = m.id
          WHERE m.status::text = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
          ORDER BY m.id
          FOR NO KEY UPDATE OF m SKIP LOCKED
        ), told AS (UPDATE missions m ${told})
        SELECT max(id) AS last FROM next`,
    );
    after = batch?.last ?? null;
  }
}
