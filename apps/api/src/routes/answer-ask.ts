import { type Mission, missionBell } from '@flotilla/core';
import type { Database, NewAnswer } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { invalidRequest } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { missionNotFound } from './mission-id.ts';

/**
 * Answers an ask, and tells whoever is to hear of it.
 * @returns the mission as it is then
 * @throws {ProblemError} `not_found`, `invalid_request`, `already_answered`, `ask_expired`, `mission_ended`
 */
export type AnswerAsk = (given: NewAnswer) => Promise<Mission>;

export function createAnswerer(deps: {
  db: Pick<Database, 'missions'>;
  queue: Pick<Queue, 'ring' | 'tellOfEvents'>;
}): AnswerAsk {
  const { db, queue } = deps;
  return async function answerAsk(given) {
    const { accountId, missionId } = given;
    const outcome = await db.missions.answer(given);
    switch (outcome.kind) {
      case 'not_found':
        throw missionNotFound();
      case 'no_such_ask':
        throw invalidRequest([{ path: '/askId', message: 'is nothing that this mission asked' }]);
      case 'answered_already':
        throw new ProblemError('already_answered', 'Somebody has answered this before; the first answer stands.');
      case 'expired':
        throw new ProblemError('ask_expired', 'Nobody answered in time, and the mission goes on without an answer.');
      case 'ended':
        throw new ProblemError('mission_ended', `The mission was ${outcome.status} before it was answered.`, {
          members: { missionStatus: outcome.status },
        });
      case 'answered': {
        queue.tellOfEvents(missionId);
        if (outcome.bell) void queue.ring(missionBell(outcome.bell));
        const mission = await db.missions.read(accountId, missionId);
        if (!mission) throw missionNotFound();
        return mission;
      }
    }
  };
}
