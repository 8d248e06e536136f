import type { AgentPool } from '@flotilla/agent';
import { isToolNamed, SPEC_VERSION } from '@flotilla/core';
import type { ClaimedMission, Database, Release } from '@flotilla/db';
import { giveToOthers } from './give-to-others.ts';
import { type WhileLive, whileLive } from './while-live.ts';

/** Each claim costs two events: where nobody can take the mission, it is looked at less and less often. */
const NOBODY_HAS_IT_MS = 5_000;
const NOBODY_HAS_IT_CAP_MS = 60_000;
/** Somebody can, and rings are answered by whoever is free: the next one may well be the right one. */
const SOMEBODY_HAS_IT_MS = 500;
const SOMEBODY_HAS_IT_CAP_MS = 5_000;

export type LeaveToOthersOptions = {
  db: { workers: Pick<Database['workers'], 'abilities'> };
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
    const { spec, specVersion, pool, attempt } = mission;
    const isKnown = specVersion <= SPEC_VERSION;
    // Of a spec that it does not know it cannot say what it wants.
    const missing = isKnown ? agents.missingOf(spec) : [];
    if (isKnown && missing.length === 0) return null;
    const others = await whileLive(live, () => db.workers.abilities(pool));
    const isAtHand = others.some(
      (other) => other.specVersion >= specVersion && missing.every((name) => isToolNamed(other.tools, name)),
    );
    const afterMs = isAtHand
      ? Math.min(attempt * SOMEBODY_HAS_IT_MS, SOMEBODY_HAS_IT_CAP_MS)
      : Math.min(attempt * NOBODY_HAS_IT_MS, NOBODY_HAS_IT_CAP_MS);
    const lacks = isKnown ? `have its tools: ${missing.join(', ')}` : 'know the version of its spec';
    return giveToOthers(mission, { message: `this worker does not ${lacks}`, afterMs });
  };
}
