import type { Database } from '@flotilla/db';
import { readIdCursor } from '../cursor.ts';
import { noQuery, pageQuery, readQuery } from '../http/input.ts';
import { toAskView } from '../views/ask.ts';
import { toMissionListView, toMissionView } from '../views/mission.ts';
import { missionInDetailView, missionListView } from '../views/mission-schema.ts';
import { pageOf, toPage } from '../views/page.ts';
import { toQueuePlaceView } from '../views/queue-place.ts';
import { toTimingsView } from '../views/timings.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions'> };

/**
 * `GET /v1/missions/:missionId`. What a waiting mission asks is told with it, so that its client knows what to answer, and
 * of a queued one how many are before it.
 */
export function getMissionRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId',
    scope: 'missions:read',
    summary: 'A mission: what was asked, where it stands, and what has come of it.',
    replies: { 200: missionInDetailView },
    async handle(call) {
      readQuery(noQuery, call.query);
      const { accountId } = call;
      const mission = await db.missions.read(accountId, missionIdOf(call));
      if (!mission) throw missionNotFound();
      const { id, status } = mission;
      const [asks, place, timings] = await Promise.all([
        status === 'waiting' ? db.missions.asks(accountId, id) : [],
        status === 'queued' ? db.missions.queuePlace(accountId, id) : null,
        db.missions.timings(id),
      ]);
      const view = {
        ...toMissionView(mission),
        asks: asks.map(toAskView),
        queue: place && toQueuePlaceView(place),
        timings: toTimingsView(timings),
      };
      return { status: 200, body: view };
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
      const before = readIdCursor({ list: 'missions', of: 'mission', cursor });
      if (!(await db.missions.has(accountId, parentMissionId))) throw missionNotFound();
      const rows = await db.missions.list({ accountId, parentMissionId, before, limit: limit + 1 });
      const page = toPage({ kind: 'missions', rows, limit, view: toMissionListView, positionOf: ({ id }) => id });
      return { status: 200, body: page };
    },
  };
}
