import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { SharedDocument, SharedDocuments } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { createCallerLimit } from './caller-limit.ts';
import { createUseSharing } from './share-uses.ts';

const WINDOW = { windowSeconds: 10 };
const POLICIES = new Map([
  ['paid', { key: { name: 'key', quota: 100, ...WINDOW } }],
  ['free', { key: { name: 'key', quota: 100, ...WINDOW }, account: { name: 'account', quota: 150, ...WINDOW } }],
]);

/** One document, as both stores keep it: whoever names the version that is there may write. */
function createStore(now: () => number) {
  let kept: Omit<SharedDocument, 'nowMs'> = { text: null, version: null };
  let isAway = false;
  let writes = 0;
  const documents: SharedDocuments = {
    async read() {
      if (isAway) throw new Error('the store is away');
      return { ...kept, nowMs: 1_000_000 + now() };
    },
    async write({ text, version }) {
      if (version !== kept.version) return false;
      kept = { text, version: String(writes++) };
      return true;
    },
  };
  return { documents, leave: () => (isAway = true), writes: () => writes };
}

/** As many API processes, whose clock stands still unless it is moved. */
function createFleet(count: number) {
  let nowMs = 5_000;
  const now = () => nowMs;
  const store = createStore(now);
  const logged: string[] = [];
  const processes = Array.from({ length: count }, () => {
    const limit = createCallerLimit({ policies: POLICIES, now });
    const logger = { warn: (message: string) => logged.push(message) };
    const sharing = createUseSharing({ uses: limit.uses, documents: store.documents, logger, now });
    return { limit, share: sharing.share };
  });
  /** Whether it was let in, and what its client was told of which limit. */
  function askOnce(at: number, { keyId = 'key_1', accountId = 'acc_1', tier = 'paid' } = {}) {
    const res = new ServerResponse(new IncomingMessage(new Socket()));
    let isAdmitted = true;
    try {
      processes[at]?.limit.admit({ keyId, accountId, tier }, res);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      isAdmitted = false;
    }
    return { isAdmitted, told: res.getHeader('RateLimit') };
  }
  function ask(at: number, times: number, caller: Parameters<typeof askOnce>[1] = {}): number {
    return Array.from({ length: times }, () => askOnce(at, caller)).filter(({ isAdmitted }) => isAdmitted).length;
  }
  return {
    ask,
    askOnce,
    shareAll: async () => {
      for (const { share } of processes) await share();
    },
    pass: (ms: number) => (nowMs += ms),
    store,
    logged,
  };
}

describe('the limit of a key', () => {
  it('is its own, by its account’s tier, and none where the tier has none', () => {
    const { ask } = createFleet(1);
    expect(ask(0, 150)).toBe(100);
    expect(ask(0, 150, { keyId: 'key_2' })).toBe(100);
    expect(ask(0, 150, { keyId: 'key_3', tier: 'internal' })).toBe(150);
  });

  it('holds for all processes together once they have heard of each other', async () => {
    const fleet = createFleet(3);
    fleet.ask(0, 90);
    await fleet.shareAll();
    // The others have not been asked yet, and learn with their first busy second what is gone.
    const before = fleet.ask(1, 30) + fleet.ask(2, 30);
    await fleet.shareAll();
    await fleet.shareAll();
    expect(fleet.ask(0, 10) + fleet.ask(1, 10) + fleet.ask(2, 10)).toBe(0);
    expect(before).toBe(60);
  });

  it('is, over time, what one process would have let through', async () => {
    const fleet = createFleet(4);
    let admitted = 0;
    for (let second = 0; second < 30; second++) {
      for (let at = 0; at < 4; at++) admitted += fleet.ask(at, 8);
      await fleet.shareAll();
      fleet.pass(1_000);
    }
    // 100 at once and 10 a second; and the first second of four that do not know of each other.
    expect(admitted).toBeGreaterThan(0.9 * (100 + 30 * 10));
    expect(admitted).toBeLessThanOrEqual(100 + 30 * 10 + 4 * 8);
  });

  it('is not told of, and costs the store nothing, where it is hardly used', async () => {
    const fleet = createFleet(2);
    await fleet.shareAll();
    expect(fleet.store.writes()).toBe(0);
  });

  it('holds for each process by itself while the store is away', async () => {
    const fleet = createFleet(2);
    fleet.store.leave();
    expect(fleet.ask(0, 150)).toBe(100);
    await fleet.shareAll();
    expect(fleet.ask(0, 10)).toBe(0);
    expect(fleet.ask(1, 150)).toBe(100);
    expect(fleet.logged).not.toEqual([]);
    fleet.pass(10_000);
    expect(fleet.ask(0, 150)).toBe(100);
  });
});

describe('the limit of an account', () => {
  const free = (keyId: string) => ({ keyId, tier: 'free' });

  it('is one for all its keys, whose clients are told of it once it has less left than theirs', () => {
    const { ask, askOnce, pass } = createFleet(1);
    expect(askOnce(0, free('key_1'))).toEqual({ isAdmitted: true, told: '"key";r=99;t=1' });
    expect(ask(0, 150, free('key_1'))).toBe(99);
    expect(askOnce(0, free('key_1'))).toEqual({ isAdmitted: false, told: '"key";r=0;t=1' });
    expect(askOnce(0, free('key_2'))).toEqual({ isAdmitted: true, told: '"account";r=49;t=7' });
    expect(ask(0, 150, free('key_2'))).toBe(49);
    expect(askOnce(0, free('key_3'))).toEqual({ isAdmitted: false, told: '"account";r=0;t=1' });
    expect(ask(0, 150, free('key_3'))).toBe(0);
    expect(ask(0, 1, { keyId: 'key_4', accountId: 'acc_2', tier: 'free' })).toBe(1);
    // What the account had no room for has cost its keys nothing.
    pass(1_000);
    expect(ask(0, 20, free('key_3'))).toBe(15);
    expect(askOnce(0, free('key_3')).told).toBe('"account";r=0;t=1');
    pass(60_000);
    expect(ask(0, 100, free('key_3'))).toBe(100);
  });

  it('holds for all processes together once they have heard of each other, whichever keys they were asked with', async () => {
    const fleet = createFleet(2);
    fleet.ask(0, 75, free('key_1'));
    fleet.ask(1, 75, free('key_2'));
    await fleet.shareAll();
    await fleet.shareAll();
    expect(fleet.ask(0, 25, free('key_1')) + fleet.ask(1, 25, free('key_3'))).toBe(0);
  });
});
