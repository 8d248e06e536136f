import type { Tool } from '@flotilla/agent';
import { TOOL_NAME } from '@flotilla/core';

/** Whether an exported value is meant to be a tool: whatever has a name and does something under it. */
export function isMeantAsTool(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return 'name' in value && ('run' in value || 'park' in value);
}

/** What keeps a value from being a tool, one made without `defineTool` perhaps; `[]` when nothing does. */
export function problemsOfTool(value: object): string[] {
  const fields = new Map<string, unknown>(Object.entries(value));
  const name = fields.get('name');
  const inputSchema = fields.get('inputSchema');
  const timeoutMs = fields.get('timeoutMs') ?? 1;
  const problems: [isWrong: boolean, problem: string][] = [
    [typeof name !== 'string' || !TOOL_NAME.test(name), 'name must be 1 to 64 of a to z, A to Z, 0 to 9, _ and -'],
    [
      typeof fields.get('description') !== 'string' || fields.get('description') === '',
      'description must say what it does',
    ],
    [typeof inputSchema !== 'object' || inputSchema === null, 'inputSchema must be a JSON Schema'],
    [typeof fields.get('check') !== 'function', 'check must be a function'],
    [typeof timeoutMs !== 'number' || !(timeoutMs > 0), 'timeoutMs must be milliseconds'],
    fields.has('run')
      ? [typeof fields.get('run') !== 'function' || typeof fields.get('idempotent') !== 'boolean', RUN_PROBLEM]
      : [typeof fields.get('park') !== 'function', 'park must be a function'],
  ];
  return problems.flatMap(([isWrong, problem]) => (isWrong ? [problem] : []));
}

const RUN_PROBLEM = 'run must be a function, and idempotent true or false';

export function isTool(value: object): value is Tool {
  return problemsOfTool(value).length === 0;
}
