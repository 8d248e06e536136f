import { isId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { readCursor } from '../cursor.ts';
import { limitParameter, noQuery, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { toMissionListView, toMissionView } from '../views/mission.ts';
import { toPage } from '../views/page.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions'> };

/** `GET /v1/missions/:missionId` */
export function getMissionRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId',
    scope: 'missions:read',
    async handle(call) {
      readQuery(noQuery, call.query);
      const mission = await db.missions.read(call.accountId, missionIdOf(call));
      if (!mission) throw missionNotFound();
      return { status: 200, body: toMissionView(mission) };
    },
  };
}

const listQuery = z.strictObject({ limit: limitParameter, cursor: z.string().optional() });

/** `GET /v1/missions?limit=&cursor=`: newest first. Missions created meanwhile never shift a later page. */
export function listMissionsRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions',
    scope: 'missions:read',
    async handle({ accountId, query }) {
      const { limit, cursor } = readQuery(listQuery, query);
      const before = cursor === undefined ? null : readMissionCursor(cursor);
      const rows = await db.missions.list({ accountId, before, limit: limit + 1 });
      const page = toPage({ kind: 'missions', rows, limit, view: toMissionListView, positionOf: ({ id }) => id });
      return { status: 200, body: page };
    },
  };
}

function readMissionCursor(cursor: string): string {
  const position = readCursor('missions', cursor);
  if (typeof position === 'string' && isId('mission', position)) return position;
  throw new ProblemError('invalid_cursor', 'The cursor names no mission.');
}
