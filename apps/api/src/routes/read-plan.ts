import type { Database } from '@flotilla/db';
import { noQuery, readQuery } from '../http/input.ts';
import { planView, toPlanView } from '../views/plan.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

/** `GET /v1/missions/:missionId/plan`: what it means to do, and what of it is done; its session's plan, if it has one. */
export function readPlanRoute({ db }: { db: Pick<Database, 'missions' | 'plans'> }): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId/plan',
    scope: 'missions:read',
    summary: 'What a mission, or its session, means to do, and what of it is done.',
    replies: { 200: planView },
    async handle(call) {
      readQuery(noQuery, call.query);
      const missionId = missionIdOf(call);
      if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
      return { status: 200, body: toPlanView(await db.plans.read(missionId)) };
    },
  };
}
