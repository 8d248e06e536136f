import type { Client } from '../client.ts';
import { setAccountPaused } from './accounts.ts';
import { setAgentOff } from './agents.ts';
import { listSwitches } from './list.ts';
import { setToolOff } from './tools.ts';
import { setWorkerDraining } from './workers.ts';

/** What operators hold back; pools have their own. */
export function createSwitchVerbs(client: Client) {
  return {
    list: () => listSwitches(client),
    setAccountPaused: (account: Parameters<typeof setAccountPaused>[1]) => setAccountPaused(client, account),
    setAgentOff: (agent: Parameters<typeof setAgentOff>[1]) => setAgentOff(client, agent),
    setToolOff: (tool: Parameters<typeof setToolOff>[1]) => setToolOff(client, tool),
    setWorkerDraining: (worker: Parameters<typeof setWorkerDraining>[1]) => setWorkerDraining(client, worker),
  };
}
