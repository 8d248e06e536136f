import { approvalAnswerSchema, budgetRaiseSchema, isId, storableJson } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import { checkRaise } from '../missions/check-raise.ts';
import { askView, toAskView } from '../views/ask.ts';
import { toMissionView } from '../views/mission.ts';
import { missionView } from '../views/mission-schema.ts';
import type { AnswerAsk } from './answer-ask.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions'>; answerAsk: AnswerAsk };

const answerBody = z.strictObject({
  askId: z.string(),
  answer: storableJson
    .describe('Of an approval a decision, of a budget a larger one (both as listed among the schemas), else any JSON.')
    .meta({ examples: [{ decision: 'approved' }, { decision: 'rejected', message: 'Not on a Friday.' }, { usd: 5 }] }),
});
const approvalBody = answerBody.extend({ answer: approvalAnswerSchema });
const raiseBody = answerBody.extend({ answer: budgetRaiseSchema });

/** `GET /v1/missions/:missionId/asks`: what a waiting mission waits to be answered, in the order it was asked. */
export function listAsksRoute({ db }: Pick<Deps, 'db'>): Route {
  return {
    method: 'GET',
    path: '/v1/missions/:missionId/asks',
    scope: 'missions:read',
    summary: 'What a waiting mission waits to be answered, in the order it was asked.',
    replies: { 200: z.object({ data: z.array(askView) }) },
    async handle(call) {
      readQuery(noQuery, call.query);
      const missionId = missionIdOf(call);
      if (!(await db.missions.has(call.accountId, missionId))) throw missionNotFound();
      const asks = await db.missions.asks(call.accountId, missionId);
      return { status: 200, body: { data: asks.map(toAskView) } };
    },
  };
}

/**
 * `POST /v1/missions/:missionId/answer`: 200 with the mission, which goes on with the last answer it waits for. An
 * approval is answered with a decision, a budget with a larger one, anything else with whatever JSON the model is to be
 * told.
 */
export function answerMissionRoute({ db, answerAsk }: Deps): Route {
  return {
    method: 'POST',
    path: '/v1/missions/:missionId/answer',
    scope: 'missions:write',
    summary: 'Answers what a waiting mission has asked; with the last answer it goes on.',
    body: 'required',
    input: answerBody,
    replies: { 200: missionView },
    problems: ['already_answered', 'ask_expired', 'mission_ended'],
    keepsAnswer: 'plain',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { accountId } = call;
      const missionId = missionIdOf(call);
      const { askId, answer } = readInput(answerBody, call.body);
      const asks = isId('answer', askId) ? await db.missions.asks(accountId, missionId) : [];
      const kind = asks.find(({ id }) => id === askId)?.kind;
      if (kind === 'approval') readInput(approvalBody, call.body);
      if (kind === 'budget') {
        const raise = readInput(raiseBody, call.body).answer;
        checkRaise(raise, (await db.missions.read(accountId, missionId))?.budget ?? null);
      }
      return {
        status: 200,
        body: toMissionView(await answerAsk({ accountId, missionId, askId, answer, answeredBy: call.keyId })),
      };
    },
  };
}
