import { stagesOf } from '@flotilla/core';
import type { ClaimedMission, Database, Release } from '@flotilla/db';
import { giveToOthers } from './give-to-others.ts';
import type { OpenSecrets } from './open-secrets.ts';
import { type WhileLive, whileLive } from './while-live.ts';

/** Each claim costs two events: where nobody can take the mission, it is looked at less and less often. */
const AGAIN_AFTER_MS = 2_000;
const AGAIN_AFTER_CAP_MS = 60_000;

export type LeaveUnsignedOptions = {
  db: { missions: Pick<Database['missions'], 'signing'> };
  openSecrets: OpenSecrets;
};

/** @returns how a mission is given back whose calls this worker cannot sign; `null`: it can, or there are none to sign */
export type LeaveUnsigned = (mission: ClaimedMission, live: WhileLive) => Promise<Release | null>;

/**
 * The tools that a mission brings along by their URLs are called with signatures, for which a worker needs the key that
 * sealed their secret: one that lacks it leaves the mission to others before it begins.
 */
export function createLeaveUnsigned({ db, openSecrets }: LeaveUnsignedOptions): LeaveUnsigned {
  return async function leaveUnsigned(mission, live) {
    const { id, spec, attempt } = mission;
    const isSigned = stagesOf(spec).some(({ declaredTools = [] }) =>
      declaredTools.some((tool) => !('mcp' in tool) && tool.url !== undefined),
    );
    if (!isSigned) return null;
    const { sealedSecrets } = await whileLive(live, () => db.missions.signing(id));
    if (openSecrets(sealedSecrets) !== null) return null;
    return giveToOthers(mission, {
      message: 'this worker cannot open the secret that the calls of its tools are signed with',
      afterMs: Math.min(attempt * AGAIN_AFTER_MS, AGAIN_AFTER_CAP_MS),
    });
  };
}
