import type { Client } from '../client.ts';
import { listLiveWorkers } from './list.ts';
import { listAbilities, listFleetTools } from './tools.ts';

/** What workers have told of themselves. */
export function createWorkerVerbs(client: Client) {
  return {
    listLive: () => listLiveWorkers(client),
    /** The names of the deployment's own tools that they have. */
    fleetTools: () => listFleetTools(client),
    /** What the living workers of a pool can play. */
    abilities: (pool: string) => listAbilities(client, pool),
  };
}
