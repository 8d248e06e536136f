import { Prisma } from '../generated/prisma/client.ts';

/** The versions of agents that operators have switched off, for the WITH of a statement that asks `isOff`. */
export const OFF_AGENTS = Prisma.sql`off_agents AS MATERIALIZED (SELECT id FROM agents WHERE switched_off_at IS NOT NULL)`;

/** Whether the mission `m` has an agent that is switched off, as its own or as a role of its chain. */
export const isOff = Prisma.sql`(
  COALESCE(m.agent_id IN (SELECT id FROM off_agents), false)
  OR EXISTS (SELECT FROM off_agents o
             WHERE m.spec->'chain' @> jsonb_build_array(jsonb_build_object('agent', jsonb_build_object('id', o.id)))))`;
