import { createId, missionPatchSchema, nameOfTool } from '@flotilla/core';
import type { CopyOutcome, Database, MissionCopy } from '@flotilla/db';
import { z } from 'zod';
import { NUMBER_MAX } from '../cursor.ts';
import { invalidRequest, noQuery, readInput, readOptionalInput, readQuery } from '../http/input.ts';
import type { Reply } from '../http/reply.ts';
import type { AnswerOnce, OnceKey } from '../idempotency/answer-once.ts';
import type { Admission } from '../missions/admission.ts';
import type { FindFleetTools } from '../missions/fleet-tools.ts';
import { patchMissionSpec } from '../missions/patch-spec.ts';
import type { ModelPolicy } from '../missions/spec.ts';
import type { CheckToolUrls } from '../missions/tool-urls.ts';
import { ProblemError } from '../problem.ts';
import { toMissionView } from '../views/mission.ts';
import { missionView } from '../views/mission-schema.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Call, Route } from './route.ts';

type Deps = {
  db: Pick<Database, 'missions' | 'records'>;
  admission: Admission;
  findFleetTools: FindFleetTools;
  checkToolUrls: CheckToolUrls;
  models: ModelPolicy;
  answerOnce: AnswerOnce;
  currentTrace: () => string | null;
};

const ACCEPTED = 202;

const retryBody = z.strictObject({ from: z.enum(['start', 'last_step']).default('last_step') });
const forkBody = z.strictObject({ step: z.int().min(0).max(NUMBER_MAX), patch: missionPatchSchema.default({}) });

/**
 * `POST /v1/missions/:missionId/retry` and `/fork`: 202 with a new mission, which begins as the one named did. What was
 * done is copied, not done again, and not paid again.
 */
export function repeatMissionRoutes(deps: Deps): Route[] {
  const { db, admission, findFleetTools, checkToolUrls, models, answerOnce, currentTrace } = deps;

  async function viewOf(accountId: string, missionId: string) {
    const mission = await db.missions.read(accountId, missionId);
    if (!mission) throw missionNotFound();
    return toMissionView(mission);
  }

  /** The answer is not known before its mission is stored, and the first that anybody reads then is the one. */
  async function completed(once: OnceKey, missionId: string): Promise<object> {
    const view = await viewOf(once.accountId, missionId);
    return (await db.records.complete(once, view)) ?? view;
  }

  async function start(accountId: string, copy: MissionCopy, once: OnceKey | null): Promise<Reply | 'busy'> {
    const record = once && { ...once, status: ACCEPTED, response: null };
    const how = { accountId, once: false, record, traceparent: currentTrace() };
    const outcome = await admission.admit(accountId, 1, async (announce) => {
      const [copied] = await db.missions.copy([copy], how);
      if (copied?.kind === 'copied') announce([copied.bell]);
      return copied;
    });
    if (outcome?.kind === 'busy') return 'busy';
    checkCopied(outcome);
    const body = once ? await completed(once, copy.id) : await viewOf(accountId, copy.id);
    return { status: ACCEPTED, headers: { Location: `/v1/missions/${copy.id}` }, body };
  }

  function answer({ accountId, once }: Call, toCopy: () => Promise<MissionCopy> | MissionCopy): Promise<Reply> {
    return answerOnce(once, {
      perform: async (key) => start(accountId, await toCopy(), key),
      replay: async ({ response, missionId }) => {
        if (response) return { body: response };
        if (!once || missionId === null) throw missionNotFound();
        return { body: await completed(once, missionId) };
      },
    });
  }

  return [
    {
      method: 'POST',
      path: '/v1/missions/:missionId/retry',
      scope: 'missions:write',
      summary:
        'Starts a new mission that does again what an ended one was asked, from its last step or from its start.',
      body: 'optional',
      input: retryBody,
      replies: { 202: missionView },
      hasLocation: true,
      problems: ['mission_not_ended', 'backlog_full'],
      isRepeatable: true,
      async handle(call) {
        readQuery(noQuery, call.query);
        const { from } = readOptionalInput(retryBody, call.body);
        const sourceId = missionIdOf(call);
        return answer(call, () => ({ kind: 'retry', id: createId('mission'), sourceId, from }));
      },
    },
    {
      method: 'POST',
      path: '/v1/missions/:missionId/fork',
      scope: 'missions:write',
      summary: 'Starts a new mission that begins as this one did up to a step, with some of what was asked changed.',
      body: 'required',
      input: forkBody,
      replies: { 202: missionView },
      hasLocation: true,
      problems: ['unknown_model', 'unknown_tool', 'url_not_allowed', 'backlog_full'],
      isRepeatable: true,
      async handle(call) {
        readQuery(noQuery, call.query);
        const { step, patch } = readInput(forkBody, call.body);
        const sourceId = missionIdOf(call);
        return answer(call, async () => {
          const source = await db.missions.read(call.accountId, sourceId);
          if (!source) throw missionNotFound();
          await checkToolUrls(patch.tools, '/patch/tools');
          const fleetTools = await findFleetTools((patch.tools ?? source.spec.tools).map(nameOfTool));
          const spec = patchMissionSpec(source.spec, patch, { models, fleetTools });
          return { kind: 'fork', id: createId('mission'), sourceId, upTo: step, spec };
        });
      },
    },
  ];
}

/** @throws {ProblemError} `not_found`, `mission_not_ended`, `invalid_request` */
function checkCopied(outcome: Exclude<CopyOutcome, { kind: 'busy' }> | undefined): void {
  switch (outcome?.kind) {
    case 'copied':
      return;
    case 'not_ended':
      throw new ProblemError(
        'mission_not_ended',
        `The mission is ${outcome.status}; only one that has ended is retried.`,
        {
          members: { missionStatus: outcome.status },
        },
      );
    case 'no_such_step':
      throw invalidRequest([
        { path: '/step', message: `must be at most ${outcome.stepCount}, the mission's last step` },
      ]);
    case 'ends_there':
      throw invalidRequest([
        { path: '/step', message: 'ended the mission, and would end the new one: name one before' },
      ]);
    case 'retried':
    case 'not_found':
    case undefined:
      throw missionNotFound();
  }
}
