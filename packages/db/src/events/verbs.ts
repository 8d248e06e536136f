import type { Client } from '../client.ts';
import { type LogPage, readAccountLog } from './account-log.ts';
import { readEvents } from './read.ts';
import { readNewEvents, readNewest } from './read-new.ts';

/** What has happened. */
export function createEventVerbs(client: Client) {
  return {
    read: (page: { missionId: string; after: number; limit: number }) => readEvents(client, page),
    /** All of an account's, for whoever holds his own books against ours. */
    ofAccount: (page: LogPage) => readAccountLog(client, page),
    /** For whoever follows many missions at once: how far each has come, and what has come since. */
    newest: (missionIds: readonly string[]) => readNewest(client, missionIds),
    readNew: (read: Parameters<typeof readNewEvents>[1]) => readNewEvents(client, read),
  };
}
