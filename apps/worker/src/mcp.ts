import { createMcp, type Mcp, type McpServer } from '@flotilla/agent';
import { createOutbound, isUnsent, type Logger, type Outbound } from '@flotilla/platform';
import { meterTool, type ToolMeters } from './meter-tools.ts';

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** The MCP servers of the deployment and of its missions, all of them behind the guard. */
export function createWorkerMcp(deps: {
  servers: readonly McpServer[];
  hide: (text: string) => string;
  web: Pick<Outbound, 'fetch'>;
  meters: ToolMeters;
  logger: Pick<Logger, 'warn'>;
}): Mcp {
  const { servers, hide, web, meters, logger } = deps;
  const urls = servers.flatMap((server) => ('url' in server ? [new URL(server.url)] : []));
  // Of this machine only what the operator has named, and for those servers alone.
  const own = createOutbound({
    allowHttp: true,
    allowLoopbackPorts: urls.filter(({ hostname }) => LOOPBACK.has(hostname)).map(portOf),
    ports: urls.map(portOf),
  });
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

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
