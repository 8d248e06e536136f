import type { AgentPool } from '@flotilla/agent';
import { isToolNamed, SPEC_VERSION } from '@flotilla/core';
import type { ClaimedMission, Database, Release } from '@flotilla/db';
import { type WhileLive, whileLive } from './while-live.ts';

/** Each claim costs two events: where nobody can take the mission, it is looked at less and less often. */
const NOBODY_HAS_IT_MS = 5_000;
const NOBODY_HAS_IT_CAP_MS = 60_000;
/** Somebody can, and rings are answered by whoever is free: the next one may well be the right one. */
const SOMEBODY_HAS_IT_MS = 500;
const SOMEBODY_HAS_IT_CAP_MS = 5_000;

export type LeaveToOthersOptions = {
  db: { workers: Pick<Database['workers'], 'liveTools'> };
  agents: Pick<AgentPool, 'missingOf'>;
};

/** @returns how a mission is given back that another worker has to take; `null`: this one can play it */
export type LeaveToOthers = (mission: ClaimedMission, live: WhileLive) => Promise<Release | null>;

/**
 * Another worker may know a spec that this one does not, or have a tool: while a fleet is replaced there are both kinds.
 * The mission waits in the queue for it, and not for long where such a worker lives.
 */
export function createLeaveToOthers({ db, agents }: LeaveToOthersOptions): LeaveToOthers {
  return async function leaveToOthers(mission, live) {
    const { spec, specVersion, pool, attempt, tries, failingForMs } = mission;
    const leave = (message: string, afterMs: number): Release => ({
      status: 'queued',
      code: 'no_worker',
      message,
      afterMs,
      tries,
      failingForMs,
    });
    const slowly = Math.min(attempt * NOBODY_HAS_IT_MS, NOBODY_HAS_IT_CAP_MS);
    if (specVersion > SPEC_VERSION) return leave('this worker does not know the version of its spec', slowly);
    const missing = agents.missingOf(spec);
    if (missing.length === 0) return null;
    const others = await whileLive(live, () => db.workers.liveTools(pool));
    const isAtHand = others.some((tools) => missing.every((name) => isToolNamed(tools, name)));
    const soon = Math.min(attempt * SOMEBODY_HAS_IT_MS, SOMEBODY_HAS_IT_CAP_MS);
    return leave(`this worker does not have its tools: ${missing.join(', ')}`, isAtHand ? soon : slowly);
  };
}
