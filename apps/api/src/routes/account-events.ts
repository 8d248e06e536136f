import { EVENT_TYPES, isId } from '@flotilla/core';
import type { Database, LogPlace } from '@flotilla/db';
import { z } from 'zod';
import { createCursor, NUMBER_MAX, positionOfParts, readCursor } from '../cursor.ts';
import { limitParameter, readQuery } from '../http/input.ts';
import { listParameter } from '../http/list-parameter.ts';
import { ProblemError } from '../problem.ts';
import { logPageView, toLoggedEventView } from '../views/logged-event.ts';
import type { Route } from './route.ts';

const logQuery = z.strictObject({
  type: listParameter(EVENT_TYPES).optional(),
  limit: limitParameter,
  cursor: z.string().optional(),
});

/**
 * `GET /v1/events?type=&limit=&cursor=`: all that has happened to the account's missions, for whoever holds his own books
 * against ours. Whoever goes on from `endCursor` within the account's retention misses nothing and reads nothing twice;
 * later, what he has missed may be gone, and he is told so (`cursor_expired`). A page may hold fewer than `limit`, or
 * none, while there are more.
 */
export function accountEventsRoute({ db }: { db: Pick<Database, 'events'> }): Route {
  return {
    method: 'GET',
    path: '/v1/events',
    scope: 'missions:read',
    summary: 'All events of all missions of the account, in an order in which nothing appears behind one’s back.',
    query: logQuery,
    replies: { 200: logPageView },
    problems: ['cursor_expired'],
    async handle({ accountId, query }) {
      const { type: types, limit, cursor } = readQuery(logQuery, query);
      const after = cursor === undefined ? null : readPlace(cursor);
      const { events, end, hasMore, isComplete } = await db.events.ofAccount({ accountId, after, types, limit });
      if (!isComplete) throw new ProblemError('cursor_expired', EXPIRED);
      const endCursor = end && createCursor('log', toPosition(end));
      const nextCursor = hasMore ? endCursor : null;
      return { status: 200, body: { data: events.map(toLoggedEventView), hasMore, nextCursor, endCursor } };
    },
  };
}

const EXPIRED =
  'The cursor is older than the account’s missions are kept: events after it may be gone. Begin without one, and hold ' +
  'what you have against the missions that there are.';

const LATEST_MS = 8_640_000_000_000_000;

const place = positionOfParts(
  z.tuple([
    z.string().regex(/^\d{1,18}$/),
    z.string().refine((id) => isId('mission', id)),
    z.int().min(1).max(NUMBER_MAX),
    // A cursor of the version before has none.
    z.int().min(0).max(LATEST_MS).nullable().default(null),
  ]),
);

function toPosition({ transactionId, missionId, sequence, asOf }: LogPlace): string {
  return JSON.stringify([transactionId, missionId, sequence, asOf?.getTime() ?? null]);
}

/** @throws {ProblemError} `invalid_cursor` */
function readPlace(cursor: string): LogPlace {
  const [transactionId, missionId, sequence, at] = readCursor('log', cursor, place);
  return { transactionId, missionId, sequence, asOf: at === null ? null : new Date(at) };
}
