import type { AgentRef } from '@flotilla/core';
import type { Client } from '../client.ts';
import { type NewAgent, putAgent } from './put.ts';
import { listAgents, listAgentVersions, readAgent } from './read.ts';

/** Agents and their versions. */
export function createAgentVerbs(client: Client) {
  return {
    put: (agent: NewAgent) => putAgent(client, agent),
    read: (accountId: string, ref: AgentRef) => readAgent(client, accountId, ref),
    list: (page: { accountId: string; after: string | null; limit: number }) => listAgents(client, page),
    versions: (page: { accountId: string; name: string; before: number | null; limit: number }) =>
      listAgentVersions(client, page),
  };
}
