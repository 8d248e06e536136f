import type { Client } from '../client.ts';
import { listUsage, readSessionUsage, type UsagePage } from './read.ts';

/** What was spent. */
export function createUsageVerbs(client: Client) {
  return {
    list: (page: UsagePage) => listUsage(client, page),
    ofSession: (sessionId: string) => readSessionUsage(client, sessionId),
  };
}
