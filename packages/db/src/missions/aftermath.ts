import type { Client } from '../client.ts';
import { wakeHeldBack } from '../lease/wake.ts';
import type { DueMission } from '../sweep/ring-due.ts';
import { cancelChildren } from './cancel.ts';
import type { EndedMission } from './ended-mission.ts';
import { wakeParents } from './wake-parents.ts';
import { wakeSessions } from './wake-sessions.ts';

/**
 * What is to be rung now, whose workers are to be told that they were asked to stop, and which missions were cancelled
 * before they ran, or while they waited.
 */
export type Aftermath = {
  bells: DueMission[];
  deliveryIds: string[];
  toStop: string[];
  cancelled: { pool: string; code: string }[];
};

/**
 * What follows from missions that have ended: their sessions' next are woken, and whoever may have the slot they were
 * rung for, parents whose last child this was go on, and children that lost their parent are cancelled, with theirs.
 *
 * These are statements of their own, after the commit that ended the missions: each sees every end that came before it,
 * so of two last children that end in two batches at once, at least the later finds that none is left. A crash in
 * between is made up for by the sweep.
 */
export async function settleEnds(client: Client, ends: readonly EndedMission[]): Promise<Aftermath> {
  const aftermath: Aftermath = { bells: [], deliveryIds: [], toStop: [], cancelled: [] };
  let open = ends;
  while (open.length > 0) {
    const parents = open.flatMap((end) => (end.hasChildren ? end.missionId : []));
    const sessionIds = open.flatMap((end) => end.sessionId ?? []);
    const accountIds = open.flatMap((end) => (end.wakes === true ? end.accountId : []));
    const parentIds = open.flatMap((end) => end.parentMissionId ?? []);
    if (sessionIds.length > 0) aftermath.bells.push(...(await wakeSessions(client, sessionIds)));
    if (accountIds.length > 0) aftermath.bells.push(...(await wakeHeldBack(client, accountIds)));
    if (parentIds.length > 0) aftermath.bells.push(...(await wakeParents(client, parentIds)));
    const children = parents.length > 0 ? await cancelChildren(client, parents) : [];
    aftermath.deliveryIds.push(...children.flatMap((child) => child.deliveryIds));
    aftermath.toStop.push(...children.flatMap((child) => (child.before === 'running' ? child.missionId : [])));
    open = children.filter((child) => child.before !== 'running');
    aftermath.cancelled.push(...children.flatMap(({ pool, code }) => (code === null ? [] : { pool, code })));
  }
  return aftermath;
}
