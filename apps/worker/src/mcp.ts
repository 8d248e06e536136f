import { createMcp, type Mcp, type McpServer } from '@flotilla/agent';
import { createOutbound, isUnsent, type Logger, type Outbound } from '@flotilla/platform';
import { meterTool, type ToolMeters } from './meter-tools.ts';

/**
 * The MCP servers of the deployment, which may well be inside: the guard is for addresses that users and models name, such
 * as those of the servers that missions bring along. It knows the deployment's by their exact origins, and nothing follows
 * a redirect of theirs.
 */
export function createWorkerMcp(deps: {
  servers: readonly McpServer[];
  hide: (text: string) => string;
  web: Pick<Outbound, 'fetch'>;
  meters: ToolMeters;
  logger: Pick<Logger, 'warn'>;
}): Mcp {
  const { servers, hide, web, meters, logger } = deps;
  const origins = servers.flatMap((server) => ('url' in server ? new URL(server.url).origin : []));
  const own = createOutbound({ allowOrigins: origins });
  const mcp = createMcp({
    servers,
    hide,
    fetch: own.fetch,
    fetchNamed: web.fetch,
    isUnsent,
    onLost: (server, error) => logger.warn('an MCP server was lost', { server, ...(error && { error }) }),
    onUnfit: (server, problems) => logger.warn('an MCP server has tools that cannot be called', { server, problems }),
    prepare: (tool) => meterTool(tool, 'mcp', meters),
  });
  return {
    ...mcp,
    async close() {
      await mcp.close();
      own.close();
    },
  };
}
