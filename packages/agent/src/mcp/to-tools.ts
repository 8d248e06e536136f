import { allToolsOf, mcpToolName, splitMcpTool, TOOL_NAME_MAX_CHARS } from '@flotilla/core';
import type { Tool as Listed } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { RunnableTool } from '../tool.ts';
import { createCheck } from './check.ts';
import type { Connection } from './connection.ts';
import { textOfResult } from './result-text.ts';

/** Tools of one server that a model is shown. */
const TOOLS_MAX = 200;
const DESCRIPTION_MAX_CHARS = 4_000;
const SCHEMA_MAX_CHARS = 20_000;

const jsonObject = z.record(z.string(), z.json());

/**
 * The tools of a server as ours. What a server says of a tool is taken for no more than it is: one that would not fit
 * into a model's request is left out, one is repeated after a crash only if it says that this does
 * no harm, and one asks for approval after untrusted content unless it says that it only reads or destroys nothing.
 */
export function toTools(
  server: string,
  listed: readonly Listed[],
  connection: Pick<Connection, 'call'>,
): RunnableTool[] {
  return listed.slice(0, TOOLS_MAX).flatMap((tool) => toTool(server, tool, connection) ?? []);
}

function toTool(server: string, tool: Listed, connection: Pick<Connection, 'call'>): RunnableTool | null {
  const name = mcpToolName(server, tool.name);
  const inputSchema = jsonObject.parse(tool.inputSchema);
  if (name.length > TOOL_NAME_MAX_CHARS || JSON.stringify(inputSchema).length > SCHEMA_MAX_CHARS) return null;
  const { readOnlyHint = false, idempotentHint = false, destructiveHint = true } = tool.annotations ?? {};
  return {
    name,
    description: (tool.description ?? tool.title ?? '').slice(0, DESCRIPTION_MAX_CHARS),
    inputSchema,
    check: createCheck(inputSchema),
    idempotent: readOnlyHint || idempotentHint,
    untrusted: true,
    // By the protocol, a tool that says nothing of itself may destroy something.
    consequential: !readOnlyHint && destructiveHint,
    timeoutMs: null,
    run: async (input, { signal }) => textOfResult(await connection.call({ tool, args: toArgs(input) }, signal)),
  };
}

/**
 * What stands for the tools of a server that cannot be reached: each that was named, or one that says so where all were.
 * A call fails with the reason, and the next run asks the server again.
 */
export function absentTools(server: string, names: readonly string[], reason: string): RunnableTool[] {
  const tools = names
    .filter((name) => splitMcpTool(name)?.server === server)
    .map((name) => (name === allToolsOf(server) ? mcpToolName(server, 'unavailable') : name));
  return [...new Set(tools)].map((name) => ({
    name,
    description: `Cannot be used now. ${reason}`.slice(0, DESCRIPTION_MAX_CHARS),
    inputSchema: { type: 'object' },
    check: () => null,
    idempotent: true,
    untrusted: true,
    consequential: false,
    timeoutMs: null,
    run: async () => {
      throw new Error(reason);
    },
  }));
}

function toArgs(input: unknown): Record<string, unknown> {
  return { ...(typeof input === 'object' ? input : null) };
}
