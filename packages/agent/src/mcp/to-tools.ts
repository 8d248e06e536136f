import type { RunnableTool } from '../tool.ts';
import { createCheck } from './check.ts';
import type { Connection } from './connection.ts';
import type { FitTool } from './judge-tools.ts';
import { textOfResult } from './result-text.ts';

const DESCRIPTION_MAX_CHARS = 4_000;

type ToolsOptions = {
  connection: Pick<Connection, 'call'>;
  /** Whoever named the server vouches for what it says of its tools. */
  trustAnnotations: boolean;
};

/**
 * The tools of a server as ours. What a server says of a tool's effects is taken for true only if whoever named the server
 * vouches for it (Model Context Protocol, "Tool annotations": untrusted unless they come from trusted servers). Otherwise
 * any of them may have an effect that a second call has again, and that nothing takes back.
 */
export function toTools(fit: readonly FitTool[], options: ToolsOptions): RunnableTool[] {
  return fit.map((tool) => toTool(tool, options));
}

function toTool({ name, inputSchema, listed }: FitTool, { connection, trustAnnotations }: ToolsOptions): RunnableTool {
  const said = trustAnnotations ? listed.annotations : undefined;
  const { readOnlyHint = false, idempotentHint = false, destructiveHint = true } = said ?? {};
  const idempotent = readOnlyHint || idempotentHint;
  return {
    name,
    description: (listed.description ?? listed.title ?? '').slice(0, DESCRIPTION_MAX_CHARS),
    inputSchema,
    check: createCheck(inputSchema),
    idempotent,
    untrusted: true,
    // By the protocol, a tool that says nothing of itself may destroy something.
    consequential: !readOnlyHint && destructiveHint,
    timeoutMs: null,
    async run(input, { signal }) {
      const call = { tool: listed, args: toArgs(input), mayRepeat: idempotent };
      return textOfResult(await connection.call(call, signal));
    },
  };
}

function toArgs(input: unknown): Record<string, unknown> {
  return { ...(typeof input === 'object' ? input : null) };
}
