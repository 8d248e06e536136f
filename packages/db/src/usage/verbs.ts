import type { Client } from '../client.ts';
import { readToolCallUsage } from './of-tool-calls.ts';
import { listUsage, readSessionUsage, type UsagePage } from './read.ts';

/** What was spent. */
export function createUsageVerbs(client: Client) {
  return {
    list: (page: UsagePage) => listUsage(client, page),
    ofSession: (sessionId: string) => readSessionUsage(client, sessionId),
    /** What tool calls have asked models, by step and call. */
    ofToolCalls: (of: Parameters<typeof readToolCallUsage>[1]) => readToolCallUsage(client, of),
  };
}
