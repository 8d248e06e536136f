import type { Agent, NamedAgent } from '@flotilla/core';
import { toTime } from './time.ts';

/** One version of an agent, defined as it was PUT: what a list of fields here forgot, a PUT of what was read would drop. */
export function toAgentView(agent: Agent) {
  return { ...toAgentListView(agent), definition: agent.definition };
}

/** An agent in a list: without its instructions, a hundred of which would make a page of many megabytes. */
export function toAgentListView({ name, version, definition, createdAt }: Agent) {
  return { name, version, model: definition.model, createdAt: toTime(createdAt) };
}

/** The agent that a mission or a role of its chain named, by the version that it was then. */
export function toNamedAgentView(agent: NamedAgent | undefined) {
  return agent ? { name: agent.name, version: agent.version } : null;
}
