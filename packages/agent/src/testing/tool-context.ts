import type { ToolContext } from '../tool.ts';

/** What a tool is told of a call that no mission makes. */
export function createToolContext(changes: Partial<ToolContext> = {}): ToolContext {
  return {
    signal: new AbortController().signal,
    missionId: 'mis_1',
    attempt: 1,
    step: 1,
    callIndex: 0,
    idempotencyKey: 'm:mis_1:1:0',
    mayGoTo: () => true,
    secret: (name) => `the value of ${name}`,
    askModel: () => Promise.reject(new Error('there is no model here')),
    ...changes,
  };
}
