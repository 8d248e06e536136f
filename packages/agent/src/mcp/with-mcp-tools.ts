import { isToolNamed } from '@flotilla/core';
import type { AgentPool } from '../agent-pool.ts';
import type { OpenMcp } from './create-mcp.ts';

/** Agents that have, beside their own, those tools of their MCP servers that their lists name. */
export function withMcpTools(agents: AgentPool, mcp: Pick<OpenMcp, 'of'>): AgentPool {
  return {
    ...agents,
    of(role) {
      const agent = agents.of(role);
      const named = [...mcp.of(role)].filter(([name]) => isToolNamed(role.tools, name) && !agent.tools.has(name));
      if (named.length === 0) return agent;
      const shown = named.map(([name, { description, inputSchema }]) => ({ name, description, inputSchema }));
      return { tools: new Map([...agent.tools, ...named]), definitions: [...agent.definitions, ...shown] };
    },
  };
}
