import type { ClaimedMission } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { expect, it } from 'vitest';
import { createInHand } from './in-hand.ts';
import type { Play } from './play-mission.ts';
import { createMissionRunner } from './run-mission.ts';

const MISSION: ClaimedMission = {
  id: 'mis_1',
  accountId: 'acc_1',
  sessionId: null,
  attempt: 1,
  spec: {
    goal: 'find out',
    model: 'sim/script',
    instructions: null,
    tools: [],
    modelOptions: {},
    limits: { maxSteps: 1, maxOutputTokens: 1 },
  },
  specVersion: 1,
  pool: 'default',
  queuedMs: 0,
  traceparent: null,
  stepCount: 0,
  tries: 0,
  depth: 0,
  childCount: 0,
  isSuspect: false,
  failingForMs: null,
  deadlineMs: null,
};
const nothing = () => undefined;
const nobodyParks = () => Promise.reject(new Error('nobody parks here'));

/** A worker that registers anew, as it does when its lease has run out, at the moment that is given. */
async function answerBell(registersAnew: 'never' | 'before the reply' | 'while it plays') {
  let workerId = 'wrk_1';
  const played: Play[] = [];
  const isLive: boolean[] = [];
  const answer = createMissionRunner({
    db: {
      lease: {
        async claim() {
          if (registersAnew === 'before the reply') workerId = 'wrk_2';
          return MISSION;
        },
        leave: async () => 'fenced',
      },
      childBacklog: { admit: nobodyParks, admitUpTo: nobodyParks },
    },
    queue: { ringAll: async () => 0 },
    teller: { events: nothing, delta: nothing },
    lease: { workerId: () => workerId },
    inHand: createInHand(),
    async play(play) {
      played.push(play);
      if (registersAnew === 'while it plays') workerId = 'wrk_2';
      isLive.push(play.live.isLive());
      return null;
    },
    logger: createLogger({ level: 'error', format: 'json', service: 'test', write: nothing }),
    isDraining: () => false,
    tellLeft: nothing,
    suspects: { entered: nothing, madeWay: nothing, turnedAway: nothing },
    facts: { missionClaimed: nothing, missionEnded: nothing, fenced: nothing },
    traces: { run: (_mission, _workerId, work) => work() },
  });
  await answer(MISSION.id, MISSION.pool);
  return { played, isLive };
}

it('plays a mission under the lease it was claimed with', async () => {
  expect(await answerBell('never')).toMatchObject({ isLive: [true] });
});

// In the failure suite, a reply that came 40 s late was played beside the attempt that had replaced it.
it('does not play a mission whose claim was answered after that lease had run out, though there is a new one', async () => {
  expect((await answerBell('before the reply')).played).toEqual([]);
});

it('makes no call of a mission once that lease has run out, though there is a new one', async () => {
  expect(await answerBell('while it plays')).toMatchObject({ isLive: [false] });
});
