import { createStop } from '@flotilla/agent';
import type { Left } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { createInHand } from './in-hand.ts';
import { createStrays } from './strays.ts';
import { createTellLeft } from './tell-left.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const STRAY = { missionId: 'mis_1', attempt: 3, tries: 2, failingForMs: 4_000 };
const end = { accountId: 'acc_1', sessionId: 'ses_1', parentMissionId: null, hasChildren: false };

/** A worker that holds nothing in hand, while the database says that it runs one mission. */
function createForgetful(becomes: Pick<Left, 'status' | 'code'>, inHand = createInHand()) {
  const seen: Record<string, unknown[]> = {
    left: [],
    counted: [],
    repaired: [],
    rung: [],
    woken: [],
    followed: [],
    told: [],
  };
  const note = (what: string) => (thing: unknown) => void seen[what]?.push(thing);
  const ring = async (bell: unknown) => Boolean(note('rung')(bell));
  const left: Left = {
    missionId: STRAY.missionId,
    ...end,
    ...becomes,
    wakes: true,
    pool: 'default',
    priority: 5,
    rings: 4,
    deliveryIds: ['dlv_1'],
  };
  const tellLeft = createTellLeft({
    queue: { ring },
    teller: { events: note('told') },
    facts: { missionLeft: note('counted') },
    wakeNext: note('woken'),
    followUp: note('followed'),
  });
  const checkStrays = createStrays({
    db: {
      lease: {
        held: async () => [STRAY],
        async leave(leave) {
          note('left')(leave);
          return left;
        },
      },
    },
    inHand,
    tellLeft,
    logger,
    facts: { repaired: note('repaired') },
  });
  return { seen, left, checkStrays };
}

describe('a mission that a worker runs and has lost sight of', () => {
  it('is given back, not before the second heartbeat, with the tries that its step has cost', async () => {
    const { seen, checkStrays } = createForgetful({ status: 'queued', code: 'no_worker' });
    await checkStrays('wrk_1', 1);
    expect(seen['left']).toEqual([]);
    await checkStrays('wrk_1', 1);
    expect(seen['left']).toMatchObject([{ ...STRAY, status: 'queued', code: 'no_worker', afterMs: 0 }]);
    expect(seen['rung']).toMatchObject([{ job: 'delivery' }, { missionId: 'mis_1', ring: 4, front: true }]);
    expect(seen).toMatchObject({
      counted: [{ pool: 'default', status: 'queued', code: 'no_worker' }],
      repaired: ['stray_given_back'],
      woken: ['acc_1'],
      told: ['mis_1'],
      followed: [],
    });
  });

  it('is followed up where a cancel had come before: its session goes on, its webhook is rung', async () => {
    const { seen, left, checkStrays } = createForgetful({ status: 'cancelled', code: 'cancelled_by_client' });
    await checkStrays('wrk_1', 1);
    await checkStrays('wrk_1', 1);
    expect(seen['rung']).toEqual([{ job: 'delivery', deliveryId: 'dlv_1', ring: 1 }]);
    expect(seen).toMatchObject({ counted: [{ status: 'cancelled' }], followed: [left], woken: ['acc_1'] });
  });

  it('is not one whose claim is still to be answered, though another bell of it was turned away meanwhile', async () => {
    const inHand = createInHand();
    const { seen, checkStrays } = createForgetful({ status: 'queued', code: 'no_worker' }, inHand);
    const stopExpecting = inHand.expect(STRAY.missionId);
    inHand.expect(STRAY.missionId)();
    for (let beat = 0; beat < 3; beat++) await checkStrays('wrk_1', 1);
    expect(seen['left']).toEqual([]);
    stopExpecting();
    for (let beat = 0; beat < 2; beat++) await checkStrays('wrk_1', 1);
    expect(seen['left']).toHaveLength(1);
  });

  it('stays suspected while a mission in hand that runs elsewhere by now makes the numbers equal', async () => {
    const inHand = createInHand();
    const { seen, checkStrays } = createForgetful({ status: 'queued', code: 'no_worker' }, inHand);
    await checkStrays('wrk_1', 1);
    inHand.add('mis_2', { attempt: 1, stop: createStop() });
    await checkStrays('wrk_1', 1);
    expect(seen['left']).toHaveLength(1);
  });
});
