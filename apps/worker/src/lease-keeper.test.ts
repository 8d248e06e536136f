import { HEARTBEAT_EVERY_MS, LEASE_EXPIRES_AFTER_MS } from '@flotilla/core';
import type { BeatOptions, Heartbeat } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLeaseKeeper } from './lease-keeper.ts';

const SILENT = createLogger({ level: 'error', format: 'json', service: 'test', write: () => {} });

function setUp(
  beat: (workerId: string, options?: BeatOptions) => Promise<Heartbeat>,
  {
    now,
    beforeRegister,
    takesTurn = () => true,
  }: { now?: () => number; beforeRegister?: () => void; takesTurn?: () => boolean } = {},
) {
  const registered: string[] = [];
  const lost: string[] = [];
  const known: unknown[] = [];
  let sweeps = 0;
  const keeper = createLeaseKeeper({
    db: {
      lease: {
        async register({ id }) {
          beforeRegister?.();
          registered.push(id);
          return { toolsOff: ['send_mail'] };
        },
        beat,
        stop: async () => {},
      },
    },
    logger: SILENT,
    identity: { hostname: 'h', version: '1', pools: ['default'], slots: 1, tools: [] },
    takesTurn,
    onRegistered({ toolsOff }) {
      known.push({ toolsOff, workerId: keeper.workerId() });
    },
    onLost: () => lost.push('lost'),
    onBeat: (_, heartbeat) => void (sweeps += heartbeat.sweep ? 1 : 0),
    ...(now && { now }),
  });
  return { keeper, registered, lost, known, sweeps: () => sweeps };
}

const work = {
  orphans: false,
  overdue: false,
  answers: false,
  families: false,
  missions: false,
  deliveries: false,
};
const fine = async () => ({ alive: true, sweep: work, running: 0, toStop: [], isDraining: false, toolsOff: [] });

describe('the lease', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lives on under one id as long as heartbeats come through', async () => {
    const { keeper, registered, lost, sweeps } = setUp(fine);
    await keeper.start();
    await vi.advanceTimersByTimeAsync(10 * LEASE_EXPIRES_AFTER_MS);
    expect(keeper.isLive()).toBe(true);
    expect(registered).toHaveLength(1);
    expect(lost).toHaveLength(0);
    expect(sweeps()).toBeGreaterThan(10);
  });

  it('says with each heartbeat whether a sweep could begin here now', async () => {
    const asked: unknown[] = [];
    const beat = async (_: string, options?: BeatOptions) => {
      asked.push(options);
      return { ...(await fine()), sweep: null };
    };
    let isFree = false;
    const { keeper } = setUp(beat, { takesTurn: () => isFree });
    await keeper.start();
    await vi.advanceTimersByTimeAsync(HEARTBEAT_EVERY_MS + 10);
    isFree = true;
    await vi.advanceTimersByTimeAsync(HEARTBEAT_EVERY_MS);
    expect(asked).toEqual([{ takesTurn: false }, { takesTurn: true }]);
  });

  it('is over once no heartbeat came through for its length, even while one still hangs', async () => {
    const { keeper, lost } = setUp(() => new Promise(() => {}));
    await keeper.start();
    await vi.advanceTimersByTimeAsync(LEASE_EXPIRES_AFTER_MS - 1);
    expect(keeper.isLive()).toBe(true);
    await vi.advanceTimersByTimeAsync(2);
    expect(keeper.isLive()).toBe(false);
    expect(keeper.workerId()).toBeNull();
    expect(lost).toEqual(['lost']);
  });

  it('that the database has given up is final: the worker registers anew, under a new id', async () => {
    let alive = true;
    const { keeper, registered, lost } = setUp(async () => ({
      alive,
      sweep: null,
      running: 0,
      toStop: [],
      isDraining: false,
      toolsOff: [],
    }));
    await keeper.start();
    alive = false;
    await vi.advanceTimersByTimeAsync(HEARTBEAT_EVERY_MS + 10);
    expect(lost).toEqual(['lost']);
    expect(registered).toHaveLength(2);
    expect(registered[0]).not.toBe(registered[1]);
    expect(keeper.workerId()).toBe(registered[1]);
  });

  it('lets nothing be claimed before it is known which tools are off, nor does one that comes after it', async () => {
    const { keeper, registered, known } = setUp(async () => ({ ...(await fine()), alive: false }));
    await keeper.start();
    await vi.advanceTimersByTimeAsync(HEARTBEAT_EVERY_MS + 10);
    expect(registered).toHaveLength(2);
    const before = { toolsOff: ['send_mail'], workerId: null };
    expect(known).toEqual([before, before]);
  });

  it('outlives heartbeats that fail for a while', async () => {
    let failures = 3;
    const { keeper, lost } = setUp(() => (failures-- > 0 ? Promise.reject(new Error('away')) : fine()));
    await keeper.start();
    await vi.advanceTimersByTimeAsync(4 * LEASE_EXPIRES_AFTER_MS);
    expect(keeper.isLive()).toBe(true);
    expect(lost).toHaveLength(0);
  });

  it('is asked for once a second while the database refuses whoever asks, and had as soon as it does not', async () => {
    let isAway = false;
    let tries = 0;
    const refuse = () => {
      tries += 1;
      if (isAway) throw new Error('connection refused');
    };
    const beat = async () => {
      refuse();
      return fine();
    };
    const { keeper, registered, lost } = setUp(beat, { beforeRegister: refuse });
    await keeper.start();
    isAway = true;
    await vi.advanceTimersByTimeAsync(2 * LEASE_EXPIRES_AFTER_MS);
    expect(lost).toEqual(['lost']);
    tries = 0;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tries).toBe(10);
    isAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(registered).toHaveLength(2);
    expect(keeper.workerId()).toBe(registered[1]);
  });

  it('is over by the clock alone, while the event loop stands still and no timer can say so', async () => {
    let clock = 0;
    const { keeper } = setUp(fine, { now: () => clock });
    await keeper.start();
    clock = LEASE_EXPIRES_AFTER_MS - 1;
    expect(keeper.isLive()).toBe(true);
    clock = LEASE_EXPIRES_AFTER_MS;
    expect(keeper.isLive()).toBe(false);
    expect(keeper.workerId()).toBeNull();
  });

  it('is counted from when a heartbeat was sent, however late its answer comes', async () => {
    let beats = 0;
    const { keeper, lost } = setUp(() => {
      beats += 1;
      return new Promise((answer) => {
        if (beats === 1) setTimeout(() => void fine().then(answer), 5_000);
      });
    });
    await keeper.start();
    await vi.advanceTimersByTimeAsync(HEARTBEAT_EVERY_MS + LEASE_EXPIRES_AFTER_MS - 1);
    expect(keeper.isLive()).toBe(true);
    await vi.advanceTimersByTimeAsync(2);
    expect(lost).toEqual(['lost']);
  });

  it('that has ended is not brought back by an answer that comes after', async () => {
    const late = () => new Promise<Heartbeat>((answer) => setTimeout(() => void fine().then(answer), 10_000));
    const { keeper, registered, sweeps } = setUp(late);
    await keeper.start();
    await vi.advanceTimersByTimeAsync(HEARTBEAT_EVERY_MS + 10_001);
    expect(sweeps()).toBe(0);
    expect(registered).toHaveLength(2);
    expect(keeper.workerId()).toBe(registered[1]);
  });
});
