import type { Client } from '../client.ts';
import { listLiveWorkers } from './list.ts';
import { listFleetTools, listLiveTools } from './tools.ts';

/** What workers have told of themselves. */
export function createWorkerVerbs(client: Client) {
  return {
    listLive: () => listLiveWorkers(client),
    /** The names of the deployment's own tools that they have. */
    fleetTools: () => listFleetTools(client),
    liveTools: (pool: string) => listLiveTools(client, pool),
  };
}
