import type { CallableTool, ChainStage, DeclaredTool, MissionSpec } from '@flotilla/core';
import { isToolNamed, splitMcpTool, stagesOf } from '@flotilla/core';
import type { ToolDefinition } from './provider.ts';
import { createRecent } from './recent.ts';
import type { Tool } from './tool.ts';

/** An agent, or a role of a chain, made ready to be played: its tools by name, and as its model is shown them. */
export type CompiledAgent = { tools: ReadonlyMap<string, Tool>; definitions: readonly ToolDefinition[] };

export type AgentPool = {
  of(role: Pick<ChainStage, 'tools' | 'declaredTools'>): CompiledAgent;
  /** The tools of a mission that there are none of here: another worker may have them. */
  missingOf(spec: MissionSpec): string[];
};

export type AgentPoolOptions = {
  /** The tools that this process has: built in, or the deployment's own. */
  tools: ReadonlyMap<string, Tool>;
  /** Makes a tool of one that an agent or a mission has declared. Without it there are none. */
  declare?: (declared: CallableTool) => Tool;
  /** The names of the MCP servers that this process reaches beside those that missions bring along. Default: none. */
  mcpServers?: ReadonlySet<string>;
  max?: number;
};

/** Agents kept; a worker plays the same few over and over. */
const AGENTS_KEPT_MAX = 1_000;
/** What they are made of, together; a compiled schema takes several times as much as its text. */
const AGENTS_KEPT_CHARS = 4_000_000;

/**
 * Keeps the agents compiled last, by the text of what they are made of. There is nothing to be told when an agent is
 * changed or retired: its next version is another text, and a mission is played by the one that its spec was given.
 */
export function createAgentPool({ tools, declare, mcpServers, max = AGENTS_KEPT_MAX }: AgentPoolOptions): AgentPool {
  const agents = createRecent<CompiledAgent>({ max, maxChars: AGENTS_KEPT_CHARS });

  return {
    of(role) {
      const { tools: names, declaredTools = [] } = role;
      return agents.get(JSON.stringify([names, declaredTools]), () => compile(names, declaredTools));
    },
    missingOf(spec) {
      const missing = stagesOf(spec).flatMap(({ tools: names, declaredTools = [] }) =>
        names.filter((name) => {
          const brought = declaredTools.map((declared) => declared.name);
          const server = splitMcpTool(name)?.server;
          return !tools.has(name) && !isToolNamed(brought, name) && !(server !== undefined && mcpServers?.has(server));
        }),
      );
      return [...new Set(missing)];
    },
  };

  /** The list decides, not what this process happens to have; a tool that is declared comes before one of its name. */
  function compile(names: readonly string[], declaredTools: readonly DeclaredTool[]): CompiledAgent {
    const declared = new Map(
      declaredTools.flatMap((one) => (declare && !('mcp' in one) ? [[one.name, declare(one)]] : [])),
    );
    const own = names.flatMap((name): [string, Tool][] => {
      const tool = declared.get(name) ?? tools.get(name);
      return tool ? [[name, tool]] : [];
    });
    const definitions = own.map(([name, { description, inputSchema }]) => ({ name, description, inputSchema }));
    return { tools: new Map(own), definitions };
  }
}
