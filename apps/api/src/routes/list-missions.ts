import { type AgentRef, isId, MISSION_STATUSES, parseAgentRef } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { createCursor, readIdCursor } from '../cursor.ts';
import { invalidRequest, limitParameter, readQuery } from '../http/input.ts';
import { listParameter } from '../http/list-parameter.ts';
import { createdRange, filterText } from '../missions/filter.ts';
import { toMissionListView } from '../views/mission.ts';
import { missionListView } from '../views/mission-schema.ts';
import { pageOf } from '../views/page.ts';
import type { Route } from './route.ts';

const agentParameter = z
  .string()
  .transform((text, context): AgentRef => {
    const ref = parseAgentRef(text);
    if (ref) return ref;
    context.addIssue({ code: 'custom', message: 'must be the name of an agent, or name@version' });
    return z.NEVER;
  })
  .meta({ type: 'string', examples: ['researcher', 'researcher@3'] });

const listQuery = z.strictObject({
  agent: agentParameter.optional(),
  sessionId: z
    .string()
    .refine((id) => isId('session', id), { error: 'must be the id of a session' })
    .optional(),
  tag: filterText.optional(),
  status: listParameter(MISSION_STATUSES).optional(),
  ...createdRange,
  limit: limitParameter,
  cursor: z.string().optional(),
});

/**
 * `GET /v1/missions?agent=&sessionId=&tag=&status=&createdAfter=&createdBefore=&limit=&cursor=`: newest first. Missions
 * created meanwhile never shift a later page. A page may hold fewer than `limit`, or none, while there are more.
 */
export function listMissionsRoute({ db }: { db: Pick<Database, 'missions'> }): Route {
  return {
    method: 'GET',
    path: '/v1/missions',
    scope: 'missions:read',
    summary: 'The missions of the account, the newest first: of one agent, session or tag, by status and by creation.',
    query: listQuery,
    replies: { 200: pageOf(missionListView) },
    async handle({ accountId, query }) {
      const { status: statuses, limit, cursor, ...filter } = readQuery(listQuery, query);
      const { agent, sessionId, tag } = filter;
      checkOnlyOne({ agent, sessionId, tag });
      const before = readIdCursor({ list: 'missions', of: 'mission', cursor });
      const page = await db.missions.browse({ accountId, statuses, ...filter }, { before, limit });
      const { missions, next } = page;
      const nextCursor = next === null ? null : createCursor('missions', next);
      return { status: 200, body: { data: missions.map(toMissionListView), hasMore: next !== null, nextCursor } };
    },
  };
}

/** @throws {ProblemError} `invalid_request`: of two together, each would need an index of its own */
function checkOnlyOne(filters: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(filters).filter((name) => filters[name] !== undefined);
  const [first, ...others] = given;
  if (first === undefined || others.length === 0) return;
  throw invalidRequest(others.map((name) => ({ path: `?${name}`, message: `cannot be given together with ${first}` })));
}
