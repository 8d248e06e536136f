import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import type { CancelMission } from '../missions/canceller.ts';
import { ProblemError } from '../problem.ts';
import { toMissionView } from '../views/mission.ts';
import { missionView } from '../views/mission-schema.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

const emptyBody = z.strictObject({});

/**
 * `POST /v1/missions/:missionId/cancel`: 200 when it has ended by this, 202 when its worker was asked to end it, 409
 * with the final status when it had ended before. Asking a running mission twice is asking it once.
 */
export function cancelMissionRoute(deps: { db: Pick<Database, 'missions'>; cancelMission: CancelMission }): Route {
  const { db, cancelMission } = deps;
  return {
    method: 'POST',
    path: '/v1/missions/:missionId/cancel',
    scope: 'missions:write',
    makesRoom: true,
    summary: 'Ends a mission: at once (200), or its worker is asked to (202).',
    body: 'optional',
    input: emptyBody,
    replies: { 200: missionView, 202: missionView },
    problems: ['mission_ended'],
    keepsAnswer: 'plain',
    isIdempotent: true,
    async handle(call) {
      readQuery(noQuery, call.query);
      if (call.body !== undefined) readInput(emptyBody, call.body);
      const missionId = missionIdOf(call);
      const outcome = await cancelMission(call.accountId, missionId);
      switch (outcome.kind) {
        case 'not_found':
          throw missionNotFound();
        case 'ended':
          throw new ProblemError('mission_ended', `The mission was ${outcome.status} before it could be cancelled.`, {
            members: { missionStatus: outcome.status },
          });
        case 'cancelled':
          return { status: 200, body: await readView(call.accountId, missionId) };
        case 'asked':
          return { status: 202, body: await readView(call.accountId, missionId) };
      }
    },
  };

  async function readView(accountId: string, missionId: string) {
    const mission = await db.missions.read(accountId, missionId);
    if (!mission) throw missionNotFound();
    return toMissionView(mission);
  }
}
