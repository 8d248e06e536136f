import type { Client } from '../client.ts';
import { type LogPage, readAccountLog } from './account-log.ts';
import { readEvents } from './read.ts';
import { type Position, readBehind, readNewEvents, readNewest } from './read-new.ts';

/** What has happened. */
export function createEventVerbs(client: Client) {
  return {
    read: (page: { missionId: string; after: number; limit: number }) => readEvents(client, page),
    /** All of an account's, for whoever holds his own books against ours. */
    ofAccount: (page: LogPage) => readAccountLog(client, page),
    newest: (missionId: string) => readNewest(client, missionId),
    /** For whoever follows many missions at once: in which something has come, and what. */
    readBehind: (positions: readonly Position[]) => readBehind(client, positions),
    readNew: (read: Parameters<typeof readNewEvents>[1]) => readNewEvents(client, read),
  };
}
