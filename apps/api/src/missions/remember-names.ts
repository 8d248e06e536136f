import type { Agent, AgentRef } from '@flotilla/core';
import type { Database, StoredSession } from '@flotilla/db';
import { createMemo } from '../memo.ts';

/** Where what a mission names is looked up. */
export type Names = {
  agents: Pick<Database['agents'], 'read'>;
  sessions: Pick<Database['sessions'], 'read'>;
};

const ENTRIES_MAX = 10_000;

/** Asks once for each name. For as long as one request: it then sees each agent in one version, too. */
export function rememberNames({ agents, sessions }: Names): Names {
  const endless = { maxEntries: ENTRIES_MAX, ttlMs: Number.POSITIVE_INFINITY };
  const knownAgents = createMemo<Agent | null>(endless);
  const knownSessions = createMemo<StoredSession | null>(endless);
  return {
    agents: {
      read: (accountId: string, ref: AgentRef) =>
        knownAgents.get(JSON.stringify([accountId, ref]), () => agents.read(accountId, ref)),
    },
    sessions: {
      read: (accountId: string, sessionId: string) =>
        knownSessions.get(JSON.stringify([accountId, sessionId]), () => sessions.read(accountId, sessionId)),
    },
  };
}
