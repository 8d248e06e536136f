import { AGENT_NAME, isId, storableText } from '@flotilla/core';
import type { Database, UsageOfDay, UsagePage } from '@flotilla/db';
import { z } from 'zod';
import { positionOfParts, readCursor } from '../cursor.ts';
import { invalidRequest, limitParameter, readQuery } from '../http/input.ts';
import { pageOf, toPage } from '../views/page.ts';
import { toUsageOfDayView, usageOfDayView } from '../views/usage.ts';
import type { Route } from './route.ts';

const DAYS_BY_DEFAULT = 30;
const DAY_MS = 86_400_000;

/** Postgres has no year 0, and nothing was spent that long ago. */
const dayParameter = z.iso
  .date({ error: 'must be a day such as 2026-01-31' })
  .refine((day) => day >= '1970-01-01', { error: 'must not be before 1970-01-01' });
const usageQuery = z.strictObject({
  from: dayParameter.optional(),
  to: dayParameter.optional(),
  agent: z.string().regex(AGENT_NAME, { error: 'must be the name of an agent' }).optional(),
  model: storableText(400).optional(),
  limit: limitParameter,
  cursor: z.string().optional(),
});

/**
 * `GET /v1/usage?from=&to=&agent=&model=&limit=&cursor=`: what the account has spent, by day (of UTC), agent and model,
 * newest day first; of the last 30 days where it does not say.
 */
export function usageRoute({ db }: { db: Pick<Database, 'usage'> }): Route {
  return {
    method: 'GET',
    path: '/v1/usage',
    scope: 'missions:read',
    summary: 'What the account has spent by day, agent and model, the newest day first.',
    query: usageQuery,
    replies: { 200: pageOf(usageOfDayView) },
    async handle(call) {
      const { from, to = dayOf(Date.now()), agent, model, limit, cursor } = readQuery(usageQuery, call.query);
      const since = from ?? dayOf(Date.parse(to) - (DAYS_BY_DEFAULT - 1) * DAY_MS);
      if (since > to) throw invalidRequest([{ path: '?from', message: 'must not be after to' }]);
      const after = cursor === undefined ? null : readPosition(cursor);
      const page = { accountId: call.accountId, from: since, to, agentName: agent, model, after };
      const rows = await db.usage.list({ ...page, limit: limit + 1 });
      return {
        status: 200,
        body: toPage({ kind: 'usage', rows, limit, view: toUsageOfDayView, positionOf }),
      };
    },
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

const position = positionOfParts(
  z.tuple([dayParameter, z.string().refine((id) => id === '' || isId('agent', id)), storableText(400)]),
);

/** Which rows there are changes by the minute, so a page begins after a place rather than a row. */
function positionOf({ day, agentId, model }: UsageOfDay): string {
  return JSON.stringify([day, agentId ?? '', model]);
}

/** @throws {ProblemError} `invalid_cursor` */
function readPosition(cursor: string): UsagePage['after'] {
  const [day, agentId, model] = readCursor('usage', cursor, position);
  return { day, agentId, model };
}
