import { z } from 'zod';
import { storableText } from './storable-text.ts';

/** What a server of the Model Context Protocol may be called: its name and two underscores begin the names of its tools. */
export const MCP_SERVER_NAME = /^[a-z][a-z0-9-]{0,30}$/;
/** What providers take as the name of a tool. */
export const TOOL_NAME_MAX_CHARS = 64;

/** One tool of a server that an agent or a mission brings along, or all of them. */
export const mcpToolsSchema = z
  .strictObject({
    name: z
      .string()
      .max(TOOL_NAME_MAX_CHARS)
      .regex(/^[a-z][a-z0-9-]{0,30}__(?:[A-Za-z0-9_-]+|\*)$/, {
        error: 'must be server__tool, or server__* for all tools of the server',
      }),
    mcp: storableText(2_000).describe('The address of the server, which speaks streamable HTTP.'),
    trustAnnotations: z
      .boolean()
      .optional()
      .describe(
        'true: what the server says of its tools’ effects (readOnlyHint, idempotentHint, destructiveHint) is taken for true.',
      ),
  })
  .meta({ id: 'McpTools' });

export type McpTools = z.infer<typeof mcpToolsSchema>;

const MCP_TOOL = /^([a-z][a-z0-9-]{0,30})__(.+)$/;

/** A server and one of its tools, `*` for all of them; `null` for the name of any other tool. */
export function splitMcpTool(name: string): { server: string; tool: string } | null {
  const [, server, tool] = MCP_TOOL.exec(name) ?? [];
  return server !== undefined && tool !== undefined ? { server, tool } : null;
}

/** The name of a server's tool among ours. Providers take no other characters. */
export function mcpToolName(server: string, tool: string): string {
  return `${server}__${tool.replace(/[^A-Za-z0-9_-]/g, '_')}`;
}

/** What stands for all tools of a server. */
export function allToolsOf(server: string): string {
  return `${server}__*`;
}

/** Whether a list of tools has this one on it, by its name or as one of all its server's. */
export function isToolNamed(tools: readonly string[], name: string): boolean {
  const server = splitMcpTool(name)?.server;
  return tools.includes(name) || (server !== undefined && tools.includes(allToolsOf(server)));
}
