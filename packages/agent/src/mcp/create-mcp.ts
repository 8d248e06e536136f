import type { ChainStage } from '@flotilla/core';
import { allToolsOf, isToolNamed, splitMcpTool } from '@flotilla/core';
import type { Tool as Listed } from '@modelcontextprotocol/client';
import { untilAborted } from '../abortable.ts';
import type { RunnableTool, Tool } from '../tool.ts';
import { absentTool, absentTools, namesOf } from './absent-tools.ts';
import type { Connection } from './connection.ts';
import { createConnection } from './connection.ts';
import { type Judged, judgeTools, TOOLS_MAX } from './judge-tools.ts';
import { CONNECT_MS } from './limits.ts';
import type { McpFetch, McpServer } from './server.ts';
import { toTools } from './to-tools.ts';

export type McpOptions = {
  /** Those of the deployment, which all missions share, and how they are reached. */
  servers: readonly McpServer[];
  fetch: McpFetch;
  /** How servers are reached that missions bring along. Has to be guarded. */
  fetchNamed: McpFetch;
  /** Whether one of them failed before anything had left. Default: that is never known, and a call may have been made. */
  isUnsent?: (error: unknown) => boolean;
  /** Takes out what no model may see of what a server says of itself and its tools. */
  hide?: (text: string) => string;
  /** Told of connections that were lost, or could not be made. */
  onLost?: (server: string, error: Error | null) => void;
  /** Told of the tools that a server has and nobody can call, once for each list of its that holds them. */
  onUnfit?: (server: string, problems: readonly string[]) => void;
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  now?: () => number;
  /** Has a hand in every tool, such as to meter it. */
  prepare?: (tool: RunnableTool) => Tool;
};

type Reached = { connection: Connection; trustAnnotations: boolean };

/** One line of a log. */
const UNFIT_TOLD_MAX = 20;

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
  const { servers, fetch, fetchNamed, isUnsent, now, onLost, onUnfit } = options;
  const { hide = (text) => text, prepare = (tool) => tool } = options;
  const connect = (server: McpServer, by: McpFetch): Reached => ({
    connection: createConnection(server, {
      fetch: by,
      ...(isUnsent && { isUnsent }),
      ...(now && { now }),
      onLost: (error) => onLost?.(server.name, error),
    }),
    trustAnnotations: server.trustAnnotations ?? false,
  });
  const shared = new Map(servers.map((server): [string, Reached] => [server.name, connect(server, fetch)]));
  const judged = new WeakMap<readonly Listed[], Judged>();

  function shown(tool: Listed): Listed {
    return { ...tool, ...(tool.description !== undefined && { description: hide(tool.description) }) };
  }

  /** Once for each list, which is one of one server, however many missions are shown it. */
  function judge(server: string, listed: readonly Listed[]): Judged {
    const before = judged.get(listed);
    if (before) return before;
    const after = judgeTools(server, listed.map(shown));
    judged.set(listed, after);
    const problems = after.unfit.slice(0, UNFIT_TOLD_MAX).map(({ problem }) => problem);
    if (problems.length > 0) onUnfit?.(server, problems);
    return after;
  }

  return {
    servers: new Set(shared.keys()),
    async open(roles, signal) {
      // A mission's own are its own: nobody else's calls go over their connections. And a role's are that role's: another
      // may mean another server by the same name.
      const own = new Map<string, Reached>();
      const lists = new Map<Connection, Promise<readonly Listed[]>>();

      function reach(role: Role, server: string): Reached | undefined {
        const brought = broughtBy(role, server);
        if (!brought) return shared.get(server);
        const key = JSON.stringify([server, brought]);
        const reached = own.get(key) ?? connect({ name: server, headers: {}, ...brought }, fetchNamed);
        own.set(key, reached);
        return reached;
      }

      function list(connection: Connection): Promise<readonly Listed[]> {
        const listed = lists.get(connection) ?? connection.list(AbortSignal.timeout(CONNECT_MS));
        lists.set(connection, listed);
        // Whoever was told to stop does not look at it any more.
        listed.catch(() => undefined);
        return untilAborted(signal, () => listed);
      }

      async function toolsOf(role: Role, server: string): Promise<RunnableTool[]> {
        const reached = reach(role, server);
        if (!reached) return [];
        try {
          const { fit, unfit } = judge(server, await list(reached.connection));
          const isNamed = (name: string | null): name is string => name !== null && isToolNamed(role.tools, name);
          const present = toTools(
            fit.filter(({ name }) => isNamed(name)),
            reached,
          );
          const absent = unfit.flatMap(({ name, problem }) => (isNamed(name) ? absentTool(name, hide(problem)) : []));
          return firstOf(role, server, [...present, ...absent]);
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
          for (const { connection } of own.values()) void connection.close();
        },
      };
    },
    async close() {
      await Promise.all([...shared.values()].map(({ connection }) => connection.close()));
    },
  };
}

/** Those that a role is shown: first those it names itself, and what stands for such as the server does not have. */
function firstOf(role: Role, server: string, found: readonly RunnableTool[]): RunnableTool[] {
  const names = new Set(namesOf(server, role.tools));
  const others = found.filter(({ name }) => !names.has(name));
  const known = new Map(found.map((tool) => [tool.name, tool]));
  names.delete(allToolsOf(server));
  const own = [...names].map((name) => known.get(name) ?? lackedTool(server, name));
  return [...own, ...others].slice(0, Math.max(TOOLS_MAX, own.length));
}

function lackedTool(server: string, name: string): RunnableTool {
  return absentTool(name, `The MCP server ${server} has no tool that is called ${name} here`);
}

/** The server that a role brings along under this name. It is vouched for if each of its entries says so. */
function broughtBy({ declaredTools = [] }: Role, server: string): { url: string; trustAnnotations: boolean } | null {
  const entries = declaredTools.flatMap((tool) =>
    'mcp' in tool && splitMcpTool(tool.name)?.server === server ? tool : [],
  );
  const [first] = entries;
  return first ? { url: first.mcp, trustAnnotations: entries.every((entry) => entry.trustAnnotations === true) } : null;
}

function keyOf({ tools, declaredTools = [] }: Role): string {
  return JSON.stringify([tools, declaredTools]);
}
