import { type JsonObject, mcpToolName, TOOL_NAME_MAX_CHARS } from '@flotilla/core';
import type { Tool as Listed } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { problemOf } from './sift-tools.ts';

/** Tools of one server that a model is shown; those first that its role names, wherever they are on the server's list. */
export const TOOLS_MAX = 200;
const SCHEMA_MAX_CHARS = 20_000;
const SHOWN_CHARS = 100;
const SHOWN_NAMES = 5;
const PROBLEM_MAX_CHARS = 500;

const jsonObject = z.record(z.string(), z.json());

/** A tool that can be called, by the name that it has among ours. */
export type FitTool = { name: string; inputSchema: JsonObject; listed: Listed };
/** One that cannot, and why. `name`: what it would be called, where it could be. */
type UnfitTool = { name: string | null; problem: string };
export type Judged = { fit: FitTool[]; unfit: UnfitTool[] };

/**
 * Goes through the tools that a server says it has. Each is judged by itself, whatever the others are, but for those that
 * would have one name here: which of them a model means would be anybody's guess, and none of them is called.
 */
export function judgeTools(server: string, listed: readonly Listed[]): Judged {
  const fit: FitTool[] = [];
  const unfit: UnfitTool[] = [];
  for (const [name, tools] of Map.groupBy(listed, (tool) => mcpToolName(server, tool.name))) {
    const judged = judge(name, tools);
    if (typeof judged !== 'string') fit.push(judged);
    else {
      const isName = name.length <= TOOL_NAME_MAX_CHARS && tools[0]?.name !== '';
      const problem = `The MCP server ${server} has ${judged}`.slice(0, PROBLEM_MAX_CHARS);
      unfit.push({ name: isName ? name : null, problem });
    }
  }
  if (fit.length > TOOLS_MAX) {
    const problem = `The MCP server ${server} has ${fit.length} tools, of which a role that names all is shown ${TOOLS_MAX}`;
    unfit.push({ name: null, problem });
  }
  return { fit, unfit };
}

/** What one name stands for; or, in words, why for nothing. */
function judge(name: string, tools: readonly Listed[]): FitTool | string {
  const [listed, ...others] = tools;
  if (!listed) return 'no tool';
  if (others.length > 0) {
    const names = tools.slice(0, SHOWN_NAMES).map(quoted).join(', ');
    return `${tools.length} tools that would all be called ${name} here, and none of them can be called: ${names}`;
  }
  const problem = problemOf(listed);
  if (problem !== null) return `a tool ${quoted(listed)} that is not described as the protocol has it: ${problem}`;
  if (name.length > TOOL_NAME_MAX_CHARS) {
    return `a tool whose name is longer with its own than ${TOOL_NAME_MAX_CHARS} characters: ${quoted(listed)}`;
  }
  const inputSchema = readSchema(listed);
  if (!inputSchema) return `a tool ${quoted(listed)} whose input schema is longer than ${SCHEMA_MAX_CHARS} characters`;
  return { name, inputSchema, listed };
}

function readSchema({ inputSchema }: Listed): JsonObject | null {
  if (JSON.stringify(inputSchema).length > SCHEMA_MAX_CHARS) return null;
  return jsonObject.parse(inputSchema);
}

function quoted({ name }: Listed): string {
  return JSON.stringify(name.slice(0, SHOWN_CHARS));
}
