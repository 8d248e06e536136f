import { type Agent, agentDefinitionSchema, type NamedAgent } from '@flotilla/core';
import { z } from 'zod';
import { timeView, toTime } from './time.ts';

export const agentListView = z
  .object({ name: z.string(), version: z.int(), model: z.string(), createdAt: timeView })
  .meta({ id: 'AgentInList' });

export const agentView = agentListView.extend({ definition: agentDefinitionSchema }).meta({ id: 'Agent' });

export const namedAgentView = z
  .object({ name: z.string(), version: z.int() })
  .meta({ id: 'NamedAgent', description: 'The agent that was named, by the version that it was then.' });

/** One version of an agent, defined as it was PUT: what a list of fields here forgot, a PUT of what was read would drop. */
export function toAgentView(agent: Agent): z.infer<typeof agentView> {
  return { ...toAgentListView(agent), definition: agent.definition };
}

/** An agent in a list: without its instructions, a hundred of which would make a page of many megabytes. */
export function toAgentListView({ name, version, definition, createdAt }: Agent): z.infer<typeof agentListView> {
  return { name, version, model: definition.model, createdAt: toTime(createdAt) };
}

/** The agent that a mission or a role of its chain named, by the version that it was then. */
export function toNamedAgentView(agent: NamedAgent | undefined): z.infer<typeof namedAgentView> | null {
  return agent ? { name: agent.name, version: agent.version } : null;
}
