import { missionBell } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { noQuery, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { toMissionView } from '../views/mission.ts';
import { missionView } from '../views/mission-schema.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Call, Route } from './route.ts';

type Deps = { db: Pick<Database, 'missions'>; queue: Pick<Queue, 'ring' | 'ringAll' | 'signals' | 'tellOfEvents'> };

/**
 * `POST /v1/missions/:missionId/pause` and `/resume`: 200 with the mission as it is now. A queued mission is held back
 * at once; a running one hands over at its next step boundary. Doing either twice is doing it once.
 */
export function pauseMissionRoutes({ db, queue }: Deps): Route[] {
  function route(verb: 'pause' | 'resume', move: (call: Call, missionId: string) => ReturnType<Move>): Route {
    return {
      method: 'POST',
      path: `/v1/missions/:missionId/${verb}`,
      scope: 'missions:write',
      makesRoom: verb === 'pause',
      summary: verb === 'pause' ? 'Holds a mission back, at its next step if it runs.' : 'Lets a paused mission go on.',
      replies: { 200: missionView },
      problems: ['mission_ended'],
      keepsAnswer: 'plain',
      isIdempotent: true,
      async handle(call) {
        readQuery(noQuery, call.query);
        const missionId = missionIdOf(call);
        const outcome = await move(call, missionId);
        if (outcome.kind === 'not_found') throw missionNotFound();
        if (outcome.kind === 'ended') {
          throw new ProblemError('mission_ended', `The mission was ${outcome.status} before this.`, {
            members: { missionStatus: outcome.status },
          });
        }
        queue.tellOfEvents(missionId);
        if (outcome.kind === 'resumed' && outcome.bell) {
          const { pool, priority, rings } = outcome.bell;
          void queue.ring({ job: 'mission', missionId, pool, priority, ring: rings });
        }
        if (outcome.kind === 'paused' && outcome.makesWay) {
          // What follows waits for nobody: the sweep makes up for what is lost here.
          db.missions.settle([outcome.makesWay]).then(
            ({ bells }) => queue.ringAll(bells.map(missionBell)),
            () => undefined,
          );
        }
        const mission = await db.missions.read(call.accountId, missionId);
        if (!mission) throw missionNotFound();
        if (outcome.kind === 'paused' && mission.status === 'running') queue.signals.send({ kind: 'stop', missionId });
        return { status: 200, body: toMissionView(mission) };
      },
    };
  }
  return [
    route('pause', ({ accountId }, missionId) => db.missions.pause(accountId, missionId)),
    route('resume', ({ accountId }, missionId) => db.missions.resume(accountId, missionId)),
  ];
}

type Move = Database['missions']['pause'] | Database['missions']['resume'];
