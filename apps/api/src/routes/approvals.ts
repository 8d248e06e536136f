import { approvalAnswerSchema, isId, WAITING_KINDS, type WaitingKind } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { invalidRequest, limitParameter, noQuery, readInput, readQuery } from '../http/input.ts';
import { listParameter } from '../http/list-parameter.ts';
import { ProblemError } from '../problem.ts';
import { inboxAskView, toInboxAskView } from '../views/inbox.ts';
import { toMissionView } from '../views/mission.ts';
import { missionView } from '../views/mission-schema.ts';
import { pageOf, toPage } from '../views/page.ts';
import type { AnswerAsk } from './answer-ask.ts';
import type { Call, Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions'>; answerAsk: AnswerAsk };

/** Children are waited for too, but nobody can answer in their place. */
const ASKED_KINDS = WAITING_KINDS.filter((kind) => kind !== 'children');

const inboxQuery = z.strictObject({
  kind: listParameter(ASKED_KINDS).optional(),
  limit: limitParameter,
  cursor: z.string().optional(),
});

/**
 * `GET /v1/approvals?kind=&limit=&cursor=`: what the account's waiting missions want to know, the oldest first, so that
 * what is asked meanwhile comes at the end.
 * `POST /v1/approvals/:askId/decision`: decides on a tool call, by the same move as the mission's own `/answer`.
 */
export function approvalRoutes({ db, answerAsk }: Deps): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/approvals',
      scope: 'missions:read',
      summary: 'What the waiting missions of the account want to know, the oldest first.',
      query: inboxQuery,
      replies: { 200: pageOf(inboxAskView) },
      async handle({ accountId, query }) {
        const { kind: kinds = ASKED_KINDS, limit, cursor } = readQuery(inboxQuery, query);
        const after = readIdCursor({ list: 'inbox', of: 'answer', cursor });
        const rows = await db.missions.inbox({ accountId, kinds, after, limit: limit + 1 });
        const page = toPage({ kind: 'inbox', rows, limit, view: toInboxAskView, positionOf: ({ id }) => id });
        return { status: 200, body: page };
      },
    },
    {
      method: 'POST',
      path: '/v1/approvals/:askId/decision',
      scope: 'missions:write',
      summary: 'Approves or rejects a tool call; the mission goes on with the last answer that it waits for.',
      body: 'required',
      input: approvalAnswerSchema,
      replies: { 200: missionView },
      problems: ['already_answered', 'ask_expired', 'mission_ended'],
      keepsAnswer: 'plain',
      async handle({ accountId, keyId, params, query, body }) {
        readQuery(noQuery, query);
        const { decision, message, arguments: args } = readInput(approvalAnswerSchema, body);
        const { askId, missionId, kind } = await findAsk(accountId, params);
        if (kind !== 'approval') throw notForDecision(kind);
        const answer = {
          decision,
          ...(message !== undefined && { message }),
          ...(args && { arguments: args }),
        };
        const mission = await answerAsk({ accountId, missionId, askId, answer, answeredBy: keyId });
        return { status: 200, body: toMissionView(mission) };
      },
    },
  ];

  async function findAsk(accountId: string, params: Call['params']) {
    const askId = params['askId'] ?? '';
    const ask = isId('answer', askId) ? await db.missions.ask(accountId, askId) : null;
    if (!ask) throw new ProblemError('not_found', 'There is nothing asked with this id.');
    return { askId, ...ask };
  }
}

function notForDecision(kind: WaitingKind): ProblemError {
  const message = `is for an approval, and this is asked for ${kind}: answer it at its mission’s /answer`;
  return invalidRequest([{ path: '/decision', message }]);
}
