import { isTerminal, RESULT_WAIT_MAX_SECONDS } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { unauthenticated } from '../auth/authenticate.ts';
import { readQuery, wholeNumber } from '../http/input.ts';
import type { EventHub } from '../streams/event-hub.ts';
import { untilEnded } from '../streams/until-ended.ts';
import { untilRefused } from '../streams/until-refused.ts';
import { toResultView } from '../views/mission.ts';
import { resultView } from '../views/mission-schema.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Call, Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions' | 'events'>; hub: EventHub; stopping: AbortSignal };

const resultQuery = z.strictObject({ wait: wholeNumber({ min: 0, max: RESULT_WAIT_MAX_SECONDS }).default(0) });

/**
 * `GET /v1/missions/:missionId/result?wait=`: 200 with what has come of it once it has ended, for which it waits as many
 * seconds as asked; 202 with where it stands when it has not ended by then.
 */
export function missionResultRoute({ db, hub, stopping }: Deps): Route {
  async function read({ accountId }: Call, missionId: string) {
    const mission = await db.missions.read(accountId, missionId);
    if (!mission) throw missionNotFound();
    return mission;
  }

  return {
    method: 'GET',
    path: '/v1/missions/:missionId/result',
    scope: 'missions:read',
    summary: 'What has come of a mission once it has ended (200), for which it can wait; else where it stands (202).',
    query: resultQuery,
    replies: { 200: resultView, 202: resultView },
    takesToken: true,
    problems: ['too_many_streams'],
    async handle(call) {
      const { wait } = readQuery(resultQuery, call.query);
      const missionId = missionIdOf(call);
      let mission = await read(call, missionId);
      if (wait > 0 && !isTerminal(mission.status)) {
        const newest = await db.events.newest(missionId);
        // It may have ended in between, and nothing comes after its last event.
        if (newest && !newest.isEnded) {
          call.holdOpen();
          using allowed = untilRefused(call.isStillAllowed);
          const signal = AbortSignal.any([call.untilGone(), stopping, allowed.refused]);
          await untilEnded(hub, { missionId, after: newest.sequence, waitMs: wait * 1_000, signal });
          if (allowed.refused.aborted) throw unauthenticated();
        }
        mission = await read(call, missionId);
      }
      return { status: isTerminal(mission.status) ? 200 : 202, body: toResultView(mission) };
    },
  };
}
