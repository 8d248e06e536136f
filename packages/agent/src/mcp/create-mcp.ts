import type { ChainStage } from '@flotilla/core';
import { splitMcpTool } from '@flotilla/core';
import type { Tool as Listed } from '@modelcontextprotocol/client';
import type { RunnableTool, Tool } from '../tool.ts';
import type { Connection } from './connection.ts';
import { createConnection } from './connection.ts';
import { CONNECT_MS } from './limits.ts';
import type { McpFetch, McpServer } from './server.ts';
import { absentTools, toTools } from './to-tools.ts';

export type McpOptions = {
  /** Those of the deployment, which all missions share, and how they are reached. */
  servers: readonly McpServer[];
  fetch: McpFetch;
  /** How servers are reached that missions bring along. Has to be guarded. */
  fetchNamed: McpFetch;
  /** Takes out what no model may see of what a server says of itself and its tools. */
  hide?: (text: string) => string;
  /** Told of connections that were lost, or could not be made. */
  onLost?: (server: string, error: Error | null) => void;
  /** Has a hand in every tool, such as to meter it. */
  prepare?: (tool: RunnableTool) => Tool;
};

/** The tools of the servers that a mission names, for as long as it is run. */
export type OpenMcp = AsyncDisposable & { tools: ReadonlyMap<string, Tool> };

type Role = Pick<ChainStage, 'tools' | 'declaredTools'>;

export type Mcp = {
  /** The names of the deployment's servers. */
  servers: ReadonlySet<string>;
  /**
   * Asks the servers that a mission's roles speak of what they have. One that does not answer fails nothing: its tools
   * are there, and say so when they are called.
   */
  open(roles: readonly Role[]): Promise<OpenMcp>;
  /** Ends the processes of the deployment's servers. */
  close(): Promise<void>;
};

/** Servers of the Model Context Protocol. None is started or called before a mission names one of its tools. */
export function createMcp(options: McpOptions): Mcp {
  const { servers, fetch, fetchNamed, onLost, hide = (text) => text, prepare = (tool) => tool } = options;
  const connect = (server: McpServer, by: McpFetch) =>
    createConnection(server, { fetch: by, onLost: (error) => onLost?.(server.name, error) });
  const shared = new Map(servers.map((server): [string, Connection] => [server.name, connect(server, fetch)]));

  /** A mission's own are its own: nobody else's calls go over their connections. */
  function connectNamed(roles: readonly Role[]): Map<string, Connection> {
    const urls = new Map(
      roles.flatMap(({ declaredTools = [] }) =>
        declaredTools.flatMap((tool): [string, string][] => ('mcp' in tool ? [[serverOf(tool.name), tool.mcp]] : [])),
      ),
    );
    return new Map([...urls].map(([name, url]) => [name, connect({ name, url, headers: {} }, fetchNamed)]));
  }

  function shown(tool: Listed): Listed {
    return { ...tool, ...(tool.description !== undefined && { description: hide(tool.description) }) };
  }

  return {
    servers: new Set(shared.keys()),
    async open(roles) {
      const names = roles.flatMap(({ tools }) => tools);
      const own = connectNamed(roles);
      const wanted = new Set(names.flatMap((name) => splitMcpTool(name)?.server ?? []));
      const found = await Promise.all(
        [...wanted].map(async (server): Promise<RunnableTool[]> => {
          const connection = own.get(server) ?? shared.get(server);
          if (!connection) return [];
          try {
            const listed = await connection.list(AbortSignal.timeout(CONNECT_MS));
            return toTools(server, listed.map(shown), connection);
          } catch (error) {
            return absentTools(server, names, hide(error instanceof Error ? error.message : String(error)));
          }
        }),
      );
      return {
        tools: new Map(found.flat().map((tool) => [tool.name, prepare(tool)])),
        async [Symbol.asyncDispose]() {
          await Promise.all([...own.values()].map((connection) => connection.close()));
        },
      };
    },
    async close() {
      await Promise.all([...shared.values()].map((connection) => connection.close()));
    },
  };
}

function serverOf(name: string): string {
  return splitMcpTool(name)?.server ?? '';
}
