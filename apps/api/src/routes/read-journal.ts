import type { Step } from '@flotilla/core';
import type { Database, UsageBeside } from '@flotilla/db';
import { z } from 'zod';
import { type CursorKind, NUMBER_MAX, numberPosition, readCursor } from '../cursor.ts';
import { invalidRequest, limitParameter, readQuery, wholeNumber } from '../http/input.ts';
import { pageOf, toPage } from '../views/page.ts';
import { stepView, toStepView } from '../views/step.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Call, Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions' | 'steps' | 'usage'> };

/** `after` is a number that was seen, for whoever follows a mission; `cursor` is the page before's, for whoever pages. */
export const journalQuery = z.strictObject({
  limit: limitParameter,
  after: wholeNumber({ min: 0, max: NUMBER_MAX }).optional(),
  cursor: z.string().optional(),
});

/** `GET /v1/missions/:missionId/steps?limit=&after=&cursor=`: in order, from the step after. */
export function listStepsRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId/steps',
    scope: 'missions:read',
    summary: 'The steps of a mission in order: each model call with its tool calls.',
    query: journalQuery,
    replies: { 200: pageOf(stepView) },
    async handle(call) {
      const { missionId, after, limit } = await openJournal(db, call, 'steps');
      const rows = await db.steps.read({ missionId, after, limit: limit + 1 });
      const last = rows.at(-1)?.number ?? after;
      const isEnd = rows.length <= limit;
      const upTo = isEnd ? last + 1 : last;
      const beside = rows.length > 0 ? await db.usage.besideSteps({ missionId, after, upTo }) : [];
      // A summary is made before its step, and a call may break off: a mission may end or wait before the step comes.
      const placeOf = ({ step, index }: UsageBeside) => (isEnd && index === null ? Math.min(step, last) : step);
      const view = (step: Step) =>
        toStepView(
          step,
          beside.filter((usage) => placeOf(usage) === step.number),
        );
      const page = toPage({ kind: 'steps', rows, limit, view, positionOf: (step) => step.number });
      return { status: 200, body: page };
    },
  };
}

/** What is asked of a journal, which is read by mission alone: whether the account has the mission is asked here. */
export async function openJournal(db: Pick<Database, 'missions'>, call: Call, kind: CursorKind) {
  const { limit, after, cursor } = readQuery(journalQuery, call.query);
  if (after !== undefined && cursor !== undefined) {
    throw invalidRequest([{ path: '?after', message: 'cannot be given together with cursor' }]);
  }
  const missionId = missionIdOf(call);
  const position = cursor === undefined ? (after ?? 0) : readCursor(kind, cursor, numberPosition);
  if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
  return { missionId, after: position, limit };
}
