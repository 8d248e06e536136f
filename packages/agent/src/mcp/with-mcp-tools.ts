import { isToolNamed } from '@flotilla/core';
import type { AgentPool } from '../agent-pool.ts';
import type { Tool } from '../tool.ts';

/** Agents that have, beside their own, those of these tools that their lists name. */
export function withMcpTools(agents: AgentPool, tools: ReadonlyMap<string, Tool>): AgentPool {
  if (tools.size === 0) return agents;
  return {
    ...agents,
    of(role) {
      const { tools: own, definitions } = agents.of(role);
      const named = [...tools].filter(([name]) => isToolNamed(role.tools, name));
      const shown = named.map(([name, { description, inputSchema }]) => ({ name, description, inputSchema }));
      return { tools: new Map([...own, ...named]), definitions: [...definitions, ...shown] };
    },
  };
}
