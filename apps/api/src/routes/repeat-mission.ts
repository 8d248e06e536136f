import { createId, missionBell, missionPatchSchema, nameOfTool } from '@flotilla/core';
import type { CopyOutcome, Database, MissionCopy } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { z } from 'zod';
import { invalidRequest, noQuery, readInput, readQuery } from '../http/input.ts';
import type { ApiFacts } from '../metrics.ts';
import type { FindFleetTools } from '../missions/fleet-tools.ts';
import { patchMissionSpec } from '../missions/patch-spec.ts';
import type { ModelPolicy } from '../missions/spec.ts';
import type { CheckToolUrls } from '../missions/tool-urls.ts';
import { ProblemError } from '../problem.ts';
import { toMissionView } from '../views/mission.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

type Deps = {
  db: Pick<Database, 'missions' | 'backlog'>;
  queue: Pick<Queue, 'ring'>;
  findFleetTools: FindFleetTools;
  checkToolUrls: CheckToolUrls;
  models: ModelPolicy;
  facts: Pick<ApiFacts, 'accepted'>;
};

const retryBody = z.strictObject({ from: z.enum(['start', 'last_step']).default('last_step') });
const forkBody = z.strictObject({ step: z.int().min(0).max(2_147_483_647), patch: missionPatchSchema.default({}) });

/**
 * `POST /v1/missions/:missionId/retry` and `/fork`: 202 with a new mission, which begins as the one named did. What was
 * done is copied, not done again, and not paid again.
 */
export function repeatMissionRoutes(deps: Deps): Route[] {
  const { db, queue, findFleetTools, checkToolUrls, models, facts } = deps;
  async function start(accountId: string, copy: MissionCopy) {
    const [outcome] = await db.backlog.admit(accountId, 1, () => db.missions.copy([copy], { accountId, once: false }));
    const bell = bellOf(outcome);
    facts.accepted(bell);
    void queue.ring(missionBell(bell));
    const mission = await db.missions.read(accountId, copy.id);
    if (!mission) throw missionNotFound();
    return { status: 202, headers: { Location: `/v1/missions/${copy.id}` }, body: toMissionView(mission) };
  }

  return [
    {
      method: 'POST',
      path: '/v1/missions/:missionId/retry',
      scope: 'missions:write',
      body: 'optional',
      async handle(call) {
        readQuery(noQuery, call.query);
        const { from } = readInput(retryBody, call.body ?? {});
        return start(call.accountId, { kind: 'retry', id: createId('mission'), sourceId: missionIdOf(call), from });
      },
    },
    {
      method: 'POST',
      path: '/v1/missions/:missionId/fork',
      scope: 'missions:write',
      body: 'required',
      async handle(call) {
        readQuery(noQuery, call.query);
        const { step, patch } = readInput(forkBody, call.body);
        const sourceId = missionIdOf(call);
        const source = await db.missions.read(call.accountId, sourceId);
        if (!source) throw missionNotFound();
        await checkToolUrls(patch.tools, '/patch/tools');
        const fleetTools = await findFleetTools((patch.tools ?? source.spec.tools).map(nameOfTool));
        const spec = patchMissionSpec(source.spec, patch, { models, fleetTools });
        return start(call.accountId, { kind: 'fork', id: createId('mission'), sourceId, upTo: step, spec });
      },
    },
  ];
}

/** @throws {ProblemError} `not_found`, `mission_not_ended`, `invalid_request` */
function bellOf(outcome: CopyOutcome | undefined) {
  switch (outcome?.kind) {
    case 'copied':
      return outcome.bell;
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
