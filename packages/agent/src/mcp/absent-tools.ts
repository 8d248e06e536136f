import { allToolsOf, mcpToolName, splitMcpTool } from '@flotilla/core';
import type { RunnableTool } from '../tool.ts';

const DESCRIPTION_MAX_CHARS = 1_000;

/**
 * What stands for the tools of a server that cannot be reached: each that was named, or one that says so where all were.
 * A call fails with the reason, and the next run asks the server again.
 */
export function absentTools(server: string, names: readonly string[], reason: string): RunnableTool[] {
  const tools = namesOf(server, names).map((name) =>
    name === allToolsOf(server) ? mcpToolName(server, 'unavailable') : name,
  );
  return [...new Set(tools)].map((name) => absentTool(name, reason));
}

/** Those of the names that speak of a server's tools, or of all that it has. */
export function namesOf(server: string, names: readonly string[]): string[] {
  return names.filter((name) => splitMcpTool(name)?.server === server);
}

/** What stands for one tool that cannot be called. */
export function absentTool(name: string, reason: string): RunnableTool {
  return {
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
  };
}
