import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { noQuery, pageQuery, readInput, readQuery } from '../http/input.ts';
import { pageOf, toPage } from '../views/page.ts';
import { planView, toPlanView } from '../views/plan.ts';
import { sessionView, sessionWithUsageView, toSessionView } from '../views/session.ts';
import { toUsageView } from '../views/usage.ts';
import { eraseSessionRoute } from './erase-session.ts';
import type { Route } from './route.ts';
import { sessionIdOf, sessionNotFound } from './session-id.ts';

const newSession = z.strictObject({});

/** `POST /v1/sessions`, `GET /v1/sessions?limit=&cursor=` (newest first), `GET` and `DELETE /v1/sessions/:sessionId`, and its `/plan` */
export function sessionRoutes({ db }: { db: Pick<Database, 'sessions' | 'plans' | 'usage'> }): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/sessions',
      scope: 'missions:write',
      summary: 'Makes a session: the conversation that several missions share.',
      body: 'optional',
      input: newSession,
      replies: { 201: sessionView },
      hasLocation: true,
      keepsAnswer: 'plain',
      async handle({ accountId, query, body }) {
        readQuery(noQuery, query);
        if (body !== undefined) readInput(newSession, body);
        const session = await db.sessions.create(accountId);
        return { status: 201, headers: { Location: `/v1/sessions/${session.id}` }, body: toSessionView(session) };
      },
    },
    {
      method: 'GET',
      path: '/v1/sessions',
      scope: 'missions:read',
      summary: 'The sessions of the account, the newest first.',
      query: pageQuery,
      replies: { 200: pageOf(sessionView) },
      async handle({ accountId, query }) {
        const { limit, cursor } = readQuery(pageQuery, query);
        const before = readIdCursor({ list: 'sessions', of: 'session', cursor });
        const rows = await db.sessions.list({ accountId, before, limit: limit + 1 });
        const page = toPage({ kind: 'sessions', rows, limit, view: toSessionView, positionOf: ({ id }) => id });
        return { status: 200, body: page };
      },
    },
    {
      method: 'GET',
      path: '/v1/sessions/:sessionId',
      scope: 'missions:read',
      summary: 'A session, and what its missions have spent.',
      replies: { 200: sessionWithUsageView },
      async handle(call) {
        readQuery(noQuery, call.query);
        const session = await db.sessions.read(call.accountId, sessionIdOf(call));
        if (!session) throw sessionNotFound();
        const usage = await db.usage.ofSession(session.id);
        return { status: 200, body: { ...toSessionView(session), usage: toUsageView(usage) } };
      },
    },
    eraseSessionRoute({ db }),
    {
      method: 'GET',
      path: '/v1/sessions/:sessionId/plan',
      scope: 'missions:read',
      summary: 'What a session means to do, and what of it is done.',
      replies: { 200: planView },
      async handle(call) {
        readQuery(noQuery, call.query);
        const plan = await db.plans.ofSession(call.accountId, sessionIdOf(call));
        if (!plan) throw sessionNotFound();
        return { status: 200, body: toPlanView(plan) };
      },
    },
  ];
}
