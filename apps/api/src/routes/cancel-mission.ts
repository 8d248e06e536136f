import { missionBell } from '@flotilla/core';
import type { Aftermath, Database } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { z } from 'zod';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import type { ApiFacts } from '../metrics.ts';
import { ProblemError } from '../problem.ts';
import { toMissionView } from '../views/mission.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

const emptyBody = z.strictObject({});

/**
 * `POST /v1/missions/:missionId/cancel`: 200 when it has ended by this, 202 when its worker was asked to end it, 409
 * with the final status when it had ended before. Asking a running mission twice is asking it once.
 */
export function cancelMissionRoute(deps: {
  db: Pick<Database, 'missions'>;
  queue: Pick<Queue, 'ringAll' | 'signals'>;
  facts: Pick<ApiFacts, 'cancelled'>;
}): Route {
  const { db, queue, facts } = deps;
  return {
    method: 'POST',
    path: '/v1/missions/:missionId/cancel',
    scope: 'missions:write',
    body: 'optional',
    async handle(call) {
      readQuery(noQuery, call.query);
      if (call.body !== undefined) readInput(emptyBody, call.body);
      const missionId = missionIdOf(call);
      const outcome = await db.missions.cancel(call.accountId, missionId);
      switch (outcome.kind) {
        case 'not_found':
          throw missionNotFound();
        case 'ended':
          throw new ProblemError('mission_ended', `The mission was ${outcome.status} before it could be cancelled.`, {
            members: { missionStatus: outcome.status },
          });
        case 'cancelled': {
          ring(outcome);
          // What follows waits for nobody: the sweep makes up for what is lost here.
          db.missions.settle([outcome.end]).then(ring, () => undefined);
          const mission = await readMission(call.accountId, missionId);
          facts.cancelled(mission);
          return { status: 200, body: toMissionView(mission) };
        }
        case 'asked':
          queue.signals.send({ kind: 'stop', missionId });
          return { status: 202, body: toMissionView(await readMission(call.accountId, missionId)) };
      }
    },
  };

  function ring({ bells = [], deliveryIds, toStop = [] }: Partial<Aftermath> & { deliveryIds: string[] }): void {
    for (const stopped of toStop) queue.signals.send({ kind: 'stop', missionId: stopped });
    void queue.ringAll([
      ...bells.map(missionBell),
      ...deliveryIds.map((deliveryId) => ({ job: 'delivery' as const, deliveryId, ring: 1 })),
    ]);
  }

  async function readMission(accountId: string, missionId: string) {
    const mission = await db.missions.read(accountId, missionId);
    if (!mission) throw missionNotFound();
    return mission;
  }
}
