import { setImmediate } from 'node:timers/promises';
import { type ClaimedMission, DatabaseUnavailableError, type Left, type Release } from '@flotilla/db';
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

type Around = {
  /** So many claims find the database away, and before that so many looks at the lease find none. */
  refused?: number;
  unleased?: number;
  /** From the first claim on it is told to stop. */
  drains?: boolean;
  /** So much time passes from each look at the clock to the next. */
  tickMs?: number;
  /** How it is given back. */
  release?: Release;
};

/** A worker that registers anew, as it does when its lease has run out, at the moment that is given. */
async function answerBell(
  registersAnew: 'never' | 'before the reply' | 'while it plays',
  { refused = 0, unleased = 0, drains = false, tickMs = 0, release }: Around = {},
) {
  let workerId = 'wrk_1';
  let claims = 0;
  let looks = 0;
  let clock = 0;
  const played: Play[] = [];
  const told: unknown[] = [];
  const isLive: boolean[] = [];
  const lines: string[] = [];
  const answer = createMissionRunner({
    db: {
      lease: {
        async claim() {
          claims += 1;
          if (claims <= refused) throw new DatabaseUnavailableError('away');
          if (registersAnew === 'before the reply') workerId = 'wrk_2';
          return MISSION;
        },
        leave: async () => (release ? leftBy(release) : 'fenced'),
      },
      childBacklog: { admit: nobodyParks, admitUpTo: nobodyParks },
    },
    queue: { ringAll: async () => 0 },
    teller: { events: nothing, delta: nothing },
    lease: {
      workerId() {
        looks += 1;
        return looks > unleased ? workerId : null;
      },
    },
    inHand: createInHand(),
    async play(play) {
      played.push(play);
      if (registersAnew === 'while it plays') workerId = 'wrk_2';
      isLive.push(play.live.isLive());
      play.logger.error('in a step', { step: 3 });
      return release ?? null;
    },
    logger: createLogger({ level: 'info', format: 'json', service: 'test', write: (line) => void lines.push(line) }),
    isDraining: () => drains && claims > 0,
    tellLeft: (_, how) => void told.push(how),
    suspects: { entered: nothing, madeWay: nothing, turnedAway: nothing },
    facts: { missionClaimed: nothing, missionEnded: nothing, fenced: nothing },
    traces: { run: (_mission, _workerId, work) => work() },
    now: () => (clock += tickMs),
  });
  await answer(MISSION.id, MISSION.pool);
  await setImmediate();
  return { played, told, isLive, lines };
}

const leftBy = ({ status, code }: Release): Left => ({
  missionId: MISSION.id,
  accountId: MISSION.accountId,
  sessionId: null,
  parentMissionId: null,
  hasChildren: false,
  wakes: false,
  status,
  code,
  pool: MISSION.pool,
  priority: 5,
  rings: 2,
  deliveryIds: [],
});

it('plays a mission under the lease it was claimed with', async () => {
  expect(await answerBell('never')).toMatchObject({ isLive: [true] });
});

it('says in each line of its log which mission, attempt, worker and account it is about', async () => {
  const about = { missionId: 'mis_1', attempt: 1, workerId: 'wrk_1', accountId: 'acc_1' };
  const lines = [...(await answerBell('never')).lines, ...(await answerBell('before the reply')).lines];
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { message: 'in a step', ...about, step: 3 },
    { message: 'fenced: another attempt owns the mission', ...about },
    { message: 'a claim came too late', ...about },
  ]);
});

// In the failure suite, a reply that came 40 s late was played beside the attempt that had replaced it.
it('does not play a mission whose claim was answered after that lease had run out, though there is a new one', async () => {
  expect((await answerBell('before the reply')).played).toEqual([]);
});

it('makes no call of a mission once that lease has run out, though there is a new one', async () => {
  expect(await answerBell('while it plays')).toMatchObject({ isLive: [false] });
});

// In an outage of the database every bell was fetched and gone, and its mission lay behind all that came after it.
it('keeps a bell that comes while the database is away or the lease is gone, and answers it once they are back', async () => {
  expect((await answerBell('never', { refused: 1 })).played).toHaveLength(1);
  expect((await answerBell('never', { unleased: 1 })).played).toHaveLength(1);
});

it('lets a bell go that it has kept for half a minute, since the database may be away for it alone', async () => {
  expect((await answerBell('never', { refused: 2, tickMs: 14_000 })).played).toEqual([]);
  expect((await answerBell('never', { refused: 1, tickMs: 14_000 })).played).toHaveLength(1);
});

it('lets a bell go that it keeps when it is told to stop', async () => {
  expect((await answerBell('never', { refused: 100, drains: true })).played).toEqual([]);
});

it('puts what a drain hands over before all that lies queued, and nothing else that it gives back', async () => {
  const release: Release = { status: 'queued', code: 'draining', message: '', afterMs: 0, tries: 0 };
  expect((await answerBell('never', { release })).told).toEqual([{ isDue: true, front: true }]);
  const backoff = { ...release, code: 'retry_backoff' };
  expect((await answerBell('never', { release: backoff })).told).toEqual([{ isDue: true, front: false }]);
});
