import type { ChainStage } from '@flotilla/core';
import { splitMcpTool } from '@flotilla/core';
import type { Tool as Listed } from '@modelcontextprotocol/client';
import { untilAborted } from '../abortable.ts';
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

type Role = Pick<ChainStage, 'tools' | 'declaredTools'>;

/** The tools of the servers that a mission's roles name, for as long as it is run. */
export type OpenMcp = AsyncDisposable & { of(role: Role): ReadonlyMap<string, Tool> };

export type Mcp = {
  /** The names of the deployment's servers. */
  servers: ReadonlySet<string>;
  /**
   * Asks the servers that a mission's roles speak of what they have. One that does not answer fails nothing: its tools
   * are there, and say so when they are called; and nobody waits for one after `signal` has aborted.
   */
  open(roles: readonly Role[], signal: AbortSignal): Promise<OpenMcp>;
  /** Ends the processes of the deployment's servers. */
  close(): Promise<void>;
};

/** Servers of the Model Context Protocol. None is started or called before a mission names one of its tools. */
export function createMcp(options: McpOptions): Mcp {
  const { servers, fetch, fetchNamed, onLost, hide = (text) => text, prepare = (tool) => tool } = options;
  const connect = (server: McpServer, by: McpFetch) =>
    createConnection(server, { fetch: by, onLost: (error) => onLost?.(server.name, error) });
  const shared = new Map(servers.map((server): [string, Connection] => [server.name, connect(server, fetch)]));

  function shown(tool: Listed): Listed {
    return { ...tool, ...(tool.description !== undefined && { description: hide(tool.description) }) };
  }

  return {
    servers: new Set(shared.keys()),
    async open(roles, signal) {
      // A mission's own are its own: nobody else's calls go over their connections. And a role's are that role's: another
      // may mean another server by the same name.
      const own = new Map<string, Connection>();
      const lists = new Map<Connection, Promise<readonly Listed[]>>();

      function connectionFor(role: Role, server: string): Connection | undefined {
        const url = urlOf(role, server);
        if (url === null) return shared.get(server);
        const key = `${server} ${url}`;
        const connection = own.get(key) ?? connect({ name: server, url, headers: {} }, fetchNamed);
        own.set(key, connection);
        return connection;
      }

      function list(connection: Connection): Promise<readonly Listed[]> {
        const listed = lists.get(connection) ?? connection.list(AbortSignal.timeout(CONNECT_MS));
        lists.set(connection, listed);
        // Whoever was told to stop does not look at it any more.
        listed.catch(() => undefined);
        return untilAborted(signal, () => listed);
      }

      async function toolsOf(role: Role, server: string): Promise<RunnableTool[]> {
        const connection = connectionFor(role, server);
        if (!connection) return [];
        try {
          return toTools(server, (await list(connection)).map(shown), connection);
        } catch (error) {
          return absentTools(server, role.tools, hide(error instanceof Error ? error.message : String(error)));
        }
      }

      const found = await Promise.all(
        roles.map(async (role): Promise<[string, ReadonlyMap<string, Tool>]> => {
          const named = new Set(role.tools.flatMap((name) => splitMcpTool(name)?.server ?? []));
          const tools = await Promise.all([...named].map((server) => toolsOf(role, server)));
          return [keyOf(role), new Map(tools.flat().map((tool) => [tool.name, prepare(tool)]))];
        }),
      );
      const byRole = new Map(found);
      return {
        of: (role) => byRole.get(keyOf(role)) ?? new Map(),
        async [Symbol.asyncDispose]() {
          // The mission's end is not kept waiting by servers that are told of it.
          for (const connection of own.values()) void connection.close();
        },
      };
    },
    async close() {
      await Promise.all([...shared.values()].map((connection) => connection.close()));
    },
  };
}

/** The address of the server that a role brings along under this name. */
function urlOf({ declaredTools = [] }: Role, server: string): string | null {
  const brought = declaredTools.find((tool) => 'mcp' in tool && splitMcpTool(tool.name)?.server === server);
  return brought && 'mcp' in brought ? brought.mcp : null;
}

function keyOf({ tools, declaredTools = [] }: Role): string {
  return JSON.stringify([tools, declaredTools]);
}
