import type { DueMission, EndedMission } from '@flotilla/db';
import type { Move } from './model/move.ts';
import type { Outcome } from './model/play.ts';
import type { playSweep } from './model/sweep.ts';
import { at } from './model/world.ts';
import { owe, ring, type Stage } from './stage.ts';

type Sweep = Extract<Move, { kind: Parameters<typeof playSweep>[1]['kind'] }>;

/** The moves over whatever is due, from the sweep's and from those who follow an end. */
export async function actOnSweep(stage: Stage, move: Sweep): Promise<Outcome> {
  const db = at(stage.dbs, move.via);
  switch (move.kind) {
    case 'requeue_orphans': {
      const orphans = (await db.sweep.requeueOrphans()).map(({ missionId, status, rings, deliveryIds }) => {
        const slot = stage.slotOf(missionId);
        if (status === 'queued') ring(stage, slot, rings);
        return [slot, { status, deliveries: owe(stage, slot, deliveryIds) }];
      });
      return Object.fromEntries(orphans);
    }
    case 'end_overdue': {
      const ended = (await db.sweep.endOverdue()).map(({ missionId, code, deliveryIds }) => {
        const slot = stage.slotOf(missionId);
        return [slot, { code, deliveries: owe(stage, slot, deliveryIds) }];
      });
      return Object.fromEntries(ended);
    }
    case 'expire_answers':
      return rung(stage, await db.sweep.expireAnswers());
    case 'take_due': {
      const { bells, turnedAway } = await db.sweep.takeDueMissions('default', move.limit);
      const away = Object.fromEntries(turnedAway.map((id) => [stage.slotOf(id), 'turned away']));
      const inLine = Object.keys(Object(rung(stage, bells))).map((slot) => [
        slot,
        away[slot] ? 'rung in line' : 'rung',
      ]);
      return { ...away, ...Object.fromEntries(inLine) };
    }
    case 'take_due_deliveries':
      return deliveriesRung(stage, (await db.sweep.takeDueDeliveries()).bells);
    case 'wake':
      return rung(stage, await db.lease.wake(stage.accountIds));
    case 'wake_sessions': {
      const ends = stage.sessionIds.map((sessionId) => ({ ...NOBODY, sessionId }));
      return rung(stage, (await db.missions.settle(ends)).bells);
    }
    case 'wake_parents': {
      const ends = [...stage.missionIds.values()].map((parentMissionId) => ({ ...NOBODY, parentMissionId }));
      return rung(stage, (await db.missions.settle(ends)).bells);
    }
  }
}

/** An end that concerns nobody but whom is said beside it. */
const NOBODY: EndedMission = {
  missionId: 'mis_nobody',
  accountId: 'acc_nobody',
  sessionId: null,
  parentMissionId: null,
  hasChildren: false,
};

function rung(stage: Stage, bells: readonly DueMission[]): Outcome {
  for (const { missionId, rings } of bells) ring(stage, stage.slotOf(missionId), rings);
  return Object.fromEntries(bells.map(({ missionId }) => [stage.slotOf(missionId), 'rung']));
}

function deliveriesRung({ deliveryIds }: Stage, due: readonly { deliveryId: string }[]): Outcome {
  const nameOf = (id: string) =>
    [...deliveryIds].flatMap(([slot, ids]) => (ids.includes(id) ? `${slot}.${ids.indexOf(id)}` : []))[0] ?? id;
  return Object.fromEntries(due.map(({ deliveryId }) => [nameOf(deliveryId), 'rung']));
}
