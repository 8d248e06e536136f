import { TOOL_TIMEOUT_MS } from '@flotilla/core';
import type { RunnableTool } from './tool.ts';

/**
 * How long a call of each tool may take. A tool that is not here, and says nothing itself, has `TOOL_TIMEOUT_MS`.
 *
 * While a model has a tool's question, this time stands still: the stall watchdog ends a model that is too slow, by
 * limits that are the model's own (`MODEL_TIMEOUTS`; by themselves 30 s to the first token, 300 s where it thinks, and
 * 600 s in all). What is here is for the tool's own work and for the question's waits: for room within the fleet's
 * limits, and between its goes, of which there are `STEP_TRIES`. So by default a call of `llm` that asks one model ends
 * after 60 s + 3 × 600 s at the latest, and never before the watchdog would have ended it.
 */
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
