import type { Database } from '@flotilla/db';
import { NUMBER_MAX } from '../cursor.ts';
import { noQuery, readQuery, wholeNumber } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { toolOutputView, toToolOutputView } from '../views/tool-output.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Call, Route } from './route.ts';

/** Postgres `smallint`, which is what it is there. */
const INDEX_MAX = 32_767;
const stepNumber = wholeNumber({ min: 1, max: NUMBER_MAX });
const callIndex = wholeNumber({ min: 0, max: INDEX_MAX });

/** `GET /v1/missions/:missionId/steps/:step/tool-calls/:call/output`: all of it, where the journal has its beginning. */
export function toolOutputRoute({ db }: { db: Pick<Database, 'missions' | 'steps'> }): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId/steps/:step/tool-calls/:call/output',
    scope: 'missions:read',
    summary: 'The whole output of a tool call; call is its index in the step.',
    replies: { 200: toolOutputView },
    async handle(call) {
      readQuery(noQuery, call.query);
      const missionId = missionIdOf(call);
      if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
      const { step, index } = placeOf(call);
      const output = await db.steps.readOutput({ missionId, of: null, step, index });
      if (output === null) throw outputNotFound();
      return { status: 200, body: toToolOutputView({ step, call: index, output }) };
    },
  };
}

function placeOf({ params }: Call): { step: number; index: number } {
  const step = stepNumber.safeParse(params['step']);
  const index = callIndex.safeParse(params['call']);
  if (!step.success || !index.success) throw outputNotFound();
  return { step: step.data, index: index.data };
}

function outputNotFound(): ProblemError {
  return new ProblemError('not_found', 'The mission has no output of such a tool call.');
}
