import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { limitParameter, readQuery } from '../http/input.ts';
import { createdRange, filterText } from '../missions/filter.ts';
import { toMissionListView } from '../views/mission.ts';
import { missionListView } from '../views/mission-schema.ts';
import { pageOf, toPage } from '../views/page.ts';
import type { Route } from './route.ts';

const listQuery = z.strictObject({
  limit: limitParameter,
  cursor: z.string().optional(),
  code: filterText.optional(),
  tag: filterText.optional(),
  ...createdRange,
});

/**
 * `GET /v1/dead-letters?code=&tag=&createdAfter=&createdBefore=&limit=&cursor=`: the account's failed missions, newest
 * first. `POST /v1/bulk-actions` retries them by the same filter.
 */
export function listDeadLettersRoute({ db }: { db: Pick<Database, 'missions'> }): Route {
  return {
    method: 'GET',
    path: '/v1/dead-letters',
    scope: 'missions:read',
    summary: 'The missions that failed, the newest first.',
    query: listQuery,
    replies: { 200: pageOf(missionListView) },
    async handle({ accountId, query }) {
      const { limit, cursor, ...filter } = readQuery(listQuery, query);
      const before = readIdCursor({ list: 'missions', of: 'mission', cursor });
      const rows = await db.missions.find({ accountId, statuses: ['failed'], ...filter }, { before, limit: limit + 1 });
      const page = toPage({ kind: 'missions', rows, limit, view: toMissionListView, positionOf: ({ id }) => id });
      return { status: 200, body: page };
    },
  };
}
