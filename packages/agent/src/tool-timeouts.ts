import { TOOL_TIMEOUT_MS } from '@flotilla/core';
import type { RunnableTool } from './tool.ts';

/** How long a call of each tool may take. A tool that is not here, and says nothing itself, has `TOOL_TIMEOUT_MS`. */
const TIMEOUTS_MS: Readonly<Record<string, number>> = {
  calculator: 5_000,
  current_time: 5_000,
  http_fetch: 30_000,
  // Waiting for a free child included; the sandbox itself allows each run far less.
  javascript: 60_000,
  python: 60_000,
  shell: 300_000,
  web_search: 30_000,
  llm: 60_000,
};

export function timeoutOf(tool: RunnableTool): number {
  return tool.timeoutMs ?? TIMEOUTS_MS[tool.name] ?? TOOL_TIMEOUT_MS;
}
