import { type MissionRequest, missionRequestSchema } from '@flotilla/core';
import type { Database, NewMission } from '@flotilla/db';
import { noQuery, readInput, readQuery } from '../http/input.ts';
import type { Reply } from '../http/reply.ts';
import type { AnswerOnce, OnceKey } from '../idempotency/answer-once.ts';
import { type Admission, acceptedOf } from '../missions/admission.ts';
import { duplicateMission } from '../missions/duplicate.ts';
import type { NameEndpoint, PrepareMission } from '../missions/prepare.ts';
import { toAcceptedView, toMissionView } from '../views/mission.ts';
import { acceptedView, missionView } from '../views/mission-schema.ts';
import { toTime } from '../views/time.ts';
import type { Route } from './route.ts';

const ACCEPTED = 202;

/** `POST /v1/missions`: 202 once the mission is committed. Nobody waits for the queue: a bell that is lost, the sweep rings. */
export function createMissionRoute(deps: {
  db: Pick<Database, 'missions' | 'records'>;
  admission: Admission;
  prepare: PrepareMission;
  nameEndpoint: NameEndpoint;
  answerOnce: AnswerOnce;
}): Route {
  const { db, admission, prepare, nameEndpoint, answerOnce } = deps;

  function accepted({ id }: NewMission, view: object, createdAt: Date): Reply {
    const body = { ...view, createdAt: toTime(createdAt) };
    return { status: ACCEPTED, headers: { Location: `/v1/missions/${id}` }, body };
  }

  /** What is answered while there is an unfinished mission with the request's dedupe key; `null`: there is none. */
  async function answerDuplicate(
    accountId: string,
    { dedupe }: MissionRequest,
    once: OnceKey | null,
  ): Promise<Reply | 'busy' | null> {
    if (!dedupe) return null;
    const id = (await db.missions.unfinished(accountId, [dedupe.key])).get(dedupe.key);
    if (id === undefined) return null;
    if (dedupe.onConflict === 'reject') throw duplicateMission(id);
    const mission = await db.missions.read(accountId, id);
    if (!mission) return null;
    const body = toMissionView(mission);
    if (once && !(await db.records.write({ ...once, status: 200, response: body, missionId: id }))) return 'busy';
    return { status: 200, headers: { Location: `/v1/missions/${id}` }, body };
  }

  async function accept(accountId: string, request: MissionRequest, once: OnceKey | null): Promise<Reply | 'busy'> {
    const prepared = await prepare(accountId, request);
    const toView = (mission: NewMission) => toAcceptedView(mission, request.webhook?.url ?? null);
    if (!once && !request.dedupe) {
      return admission.admit(accountId, 1, async (announce) => {
        const mission = await nameEndpoint(prepared);
        const stored = await db.missions.create(mission);
        announce(acceptedOf([mission], [stored]));
        return accepted(mission, toView(mission), stored.createdAt);
      });
    }
    for (;;) {
      const duplicate = await answerDuplicate(accountId, request, once);
      if (duplicate) return duplicate;
      const outcome = await admission.admit(accountId, 1, async (announce) => {
        const mission = await nameEndpoint(prepared);
        const view = toView(mission);
        const record = once && { ...once, status: ACCEPTED, response: view };
        const stored = await db.missions.createOnce({ mission, record });
        if (stored.kind !== 'created') return stored.kind;
        announce(acceptedOf([mission], [stored]));
        return accepted(mission, view, stored.createdAt);
      });
      if (outcome !== 'duplicate') return outcome;
    }
  }

  return {
    method: 'POST',
    path: '/v1/missions',
    scope: 'missions:write',
    summary: 'Accepts a mission (202), or answers with the unfinished one that has its dedupe key (200).',
    body: 'required',
    input: missionRequestSchema,
    replies: { 200: missionView, 202: acceptedView },
    hasLocation: true,
    problems: [
      'unknown_agent',
      'unknown_model',
      'unknown_tool',
      'unknown_pool',
      'unknown_session',
      'url_not_allowed',
      'endpoint_disabled',
      'duplicate_mission',
      'backlog_full',
    ],
    isRepeatable: true,
    async handle({ accountId, query, body, once }) {
      readQuery(noQuery, query);
      return answerOnce(once, {
        perform: (key) => accept(accountId, readInput(missionRequestSchema, body), key),
        // Stored by the statement that alone knows the moment.
        replay: ({ status, response, createdAt }) => ({
          body: status === ACCEPTED ? { ...response, createdAt: toTime(createdAt) } : { ...response },
        }),
      });
    },
  };
}
