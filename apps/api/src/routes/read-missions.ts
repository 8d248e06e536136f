import { isId } from '@flotilla/core';
import type { Database, MissionPage } from '@flotilla/db';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { limitParameter, noQuery, readQuery } from '../http/input.ts';
import { toAskView } from '../views/ask.ts';
import { toMissionListView, toMissionView } from '../views/mission.ts';
import { missionListView, missionWithAsksView } from '../views/mission-schema.ts';
import { pageOf, toPage } from '../views/page.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions'> };

/** `GET /v1/missions/:missionId`. What a waiting mission asks is told with it, so that its client knows what to answer. */
export function getMissionRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId',
    scope: 'missions:read',
    summary: 'A mission: what was asked, where it stands, and what has come of it.',
    replies: { 200: missionWithAsksView },
    async handle(call) {
      readQuery(noQuery, call.query);
      const { accountId } = call;
      const mission = await db.missions.read(accountId, missionIdOf(call));
      if (!mission) throw missionNotFound();
      const asks = mission.status === 'waiting' ? await db.missions.asks(accountId, mission.id) : [];
      return { status: 200, body: { ...toMissionView(mission), asks: asks.map(toAskView) } };
    },
  };
}

const pageQuery = z.strictObject({ limit: limitParameter, cursor: z.string().optional() });
const listQuery = pageQuery.extend({
  sessionId: z
    .string()
    .refine((id) => isId('session', id), { error: 'must be the id of a session' })
    .optional(),
});

/** `GET /v1/missions?sessionId=&limit=&cursor=`: newest first. Missions created meanwhile never shift a later page. */
export function listMissionsRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions',
    scope: 'missions:read',
    summary: 'The missions of the account, the newest first.',
    query: listQuery,
    replies: { 200: pageOf(missionListView) },
    async handle({ accountId, query }) {
      const { limit, cursor, sessionId } = readQuery(listQuery, query);
      return listPage(db, { accountId, limit, cursor, ...(sessionId !== undefined && { sessionId }) });
    },
  };
}

/** `GET /v1/missions/:missionId/children?limit=&cursor=`: the missions it has started, newest first. */
export function listChildrenRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId/children',
    scope: 'missions:read',
    summary: 'The missions that a mission has started, the newest first.',
    query: pageQuery,
    replies: { 200: pageOf(missionListView) },
    async handle(call) {
      const { limit, cursor } = readQuery(pageQuery, call.query);
      const { accountId } = call;
      const parentMissionId = missionIdOf(call);
      if (!(await db.missions.has(accountId, parentMissionId))) throw missionNotFound();
      return listPage(db, { accountId, limit, cursor, parentMissionId });
    },
  };
}

type Listed = Omit<MissionPage, 'before'> & { cursor: string | undefined };

async function listPage(db: Deps['db'], { cursor, limit, ...of }: Listed) {
  const before = cursor === undefined ? null : readIdCursor({ list: 'missions', of: 'mission', cursor });
  const rows = await db.missions.list({ ...of, before, limit: limit + 1 });
  const page = toPage({ kind: 'missions', rows, limit, view: toMissionListView, positionOf: ({ id }) => id });
  return { status: 200, body: page };
}
