import type { Client } from '../client.ts';
import { readUsageBeside } from './beside-steps.ts';
import { listUsage, readSessionUsage, type UsagePage } from './read.ts';

/** What was spent. */
export function createUsageVerbs(client: Client) {
  return {
    list: (page: UsagePage) => listUsage(client, page),
    ofSession: (sessionId: string) => readSessionUsage(client, sessionId),
    /** What was spent for a mission's steps beside their own calls. */
    besideSteps: (of: Parameters<typeof readUsageBeside>[1]) => readUsageBeside(client, of),
  };
}
