import { z } from 'zod';
import type { McpFetch } from '../server.ts';

const inputSchema = { type: 'object' };
const requestSchema = z.object({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string(),
  params: z.object({ protocolVersion: z.string().optional(), name: z.string().optional() }).optional(),
});

/** A server over HTTP without the network: it has the tools that are named, or given, and tells which sessions were ended. */
export function createHttpStub(toolsOf: (url: string) => readonly (string | object)[]) {
  const ended: string[] = [];
  const fetch: McpFetch = async (url, { method, headers, body }) => {
    if (method === 'DELETE') {
      ended.push(headers['mcp-session-id'] ?? '');
      return answer(200, '');
    }
    const asked = requestSchema.parse(JSON.parse(body ?? ''));
    const { id, params } = asked;
    if (id === undefined) return answer(202, '');
    const tell = (told: object) => answer(200, JSON.stringify({ jsonrpc: '2.0', id, ...told }));
    switch (asked.method) {
      case 'initialize': {
        const { protocolVersion } = params ?? {};
        const serverInfo = { name: 'stub', version: '1' };
        return tell({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
      }
      case 'tools/list':
        return tell({
          result: {
            tools: toolsOf(url).map((tool) =>
              typeof tool === 'string' ? { name: tool, description: `of ${url}`, inputSchema } : tool,
            ),
          },
        });
      case 'tools/call':
        return tell({ result: { content: [{ type: 'text', text: `${params?.name} of ${url}` }] } });
      default:
        return tell({ error: { code: -32_601, message: 'Method not found' } });
    }
  };
  return { fetch, ended };
}

function answer(status: number, text: string) {
  const headers = { 'content-type': 'application/json', 'mcp-session-id': 'session-1' };
  return { status, headers, body: Buffer.from(text), truncated: false };
}
