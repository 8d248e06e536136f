import { LEASE_EXPIRES_AFTER_MS } from '@flotilla/core';
import type { KeyRecord, Ledger } from './ledger.ts';
import { heldOf, recordOf } from './ledger.ts';
import {
  BUCKET_MS,
  FAIR_WITHIN_MS,
  LOG_WINDOW_MS,
  PACE_PARTS,
  PACE_WINDOW_MS,
  POLL_CAP_MS,
  POLL_MS,
} from './windows.ts';

/** What may be asked of one key: calls under way at once, and requests and tokens in any 60 s; `null`: as many as you like. */
export type KeyLimits = { concurrency: number; requests: number | null; tokens: number | null };

/** A call that waits: the most tokens it may come to, and since when it waits, by the store's clock. */
export type Waiter = { tokens: number; since: number };

/** Room for one call. `at` is the piece of the log it was written to; `null`: nothing of it is logged. */
export type Grant = { key: string; at: number | null; tokens: number };

export type Ask = {
  holder: string;
  nowMs: number;
  keys: readonly string[];
  limits: KeyLimits;
  /** In order: nobody is served before the one in front. */
  waiters: readonly Waiter[];
};

/** `waitMs`: when it is worth asking again for the first who got nothing; `isQueued`: it waits for calls of others to end. */
export type Admission = { grants: Grant[]; waitMs: number; isQueued: boolean };

/**
 * Grants as many waiters as there is room for, and writes it into the ledger. Each takes the key with the most
 * head-room. Room is left to processes that have less of it, or have waited longer.
 */
export function admit(ledger: Ledger, ask: Ask): Admission {
  const { holder, nowMs, keys, limits } = ask;
  const grants: Grant[] = [];
  for (const waiter of ask.waiters) {
    // One that could never fit is let through alone.
    const tokens = Math.min(waiter.tokens, limits.tokens ?? waiter.tokens);
    const rooms = keys.map((key) => roomOf({ ledger, key, limits, tokens, nowMs }));
    const before = countBefore(ledger, { holder, since: waiter.since - FAIR_WITHIN_MS });
    const slots = rooms.reduce((sum, room) => sum + room.slots, 0);
    const best = rooms.reduce<Room | null>((top, room) => (top && top.share >= room.share ? top : room), null);
    if (!best || slots <= before || best.slots === 0) {
      const place = countBefore(ledger, { holder, since: waiter.since });
      const poll = Math.min(POLL_CAP_MS, POLL_MS * (place + 1));
      const opensMs = Math.min(...rooms.map(({ opensAt }) => opensAt)) - nowMs;
      return { grants, waitMs: Math.max(opensMs, poll), isQueued: opensMs <= 0 };
    }
    take(ledger, { holder, key: best.key, nowMs });
    grants.push({ key: best.key, tokens, at: log(ledger, { key: best.key, limits, tokens, nowMs }) });
  }
  return { grants, waitMs: 0, isQueued: false };
}

/** How many calls of this size a key has room for, how much of it is free, and when time alone makes room. */
type Room = { key: string; slots: number; share: number; opensAt: number };

type RoomQuery = { ledger: Ledger; key: string; limits: KeyLimits; tokens: number; nowMs: number };

function roomOf({ ledger, key, limits, tokens, nowMs }: RoomQuery): Room {
  const record = ledger.keys[key] ?? { restUntil: 0, log: [] };
  const held = heldOf(ledger, key);
  const uses: Use[] = [];
  if (limits.requests !== null) {
    uses.push({ limit: limits.requests, need: 1, windowMs: LOG_WINDOW_MS, column: 1 });
    const part = Math.ceil(limits.requests / PACE_PARTS);
    uses.push({ limit: part, need: 1, windowMs: PACE_WINDOW_MS, column: 1 });
  }
  if (limits.tokens !== null) uses.push({ limit: limits.tokens, need: tokens, windowMs: LOG_WINDOW_MS, column: 2 });
  const windows = uses.map((use) => windowOf(record, use, nowMs));
  const opensAt = Math.max(record.restUntil, ...windows.map((window) => window.opensAt));
  const free = limits.concurrency - held;
  const slots = opensAt > nowMs ? 0 : Math.max(0, Math.min(free, ...windows.map((window) => window.slots)));
  // A key that rests is no choice, however much of it is free.
  const share = slots === 0 ? -1 : Math.min(free / limits.concurrency, ...windows.map((window) => window.share));
  return { key, slots, share, opensAt };
}

type Use = { limit: number; need: number; windowMs: number; column: 1 | 2 };

function windowOf(record: KeyRecord, { limit, need, windowMs, column }: Use, nowMs: number) {
  const counted = record.log.filter(([at]) => at + BUCKET_MS + windowMs > nowMs);
  let used = counted.reduce((sum, entry) => sum + entry[column], 0);
  const free = limit - used;
  const slots = need === 0 ? Number.POSITIVE_INFINITY : Math.floor(free / need);
  let opensAt = nowMs;
  for (const entry of counted) {
    if (used + need <= limit) break;
    used -= entry[column];
    opensAt = entry[0] + BUCKET_MS + windowMs;
  }
  return { slots, share: free / limit, opensAt };
}

/**
 * Processes that go before this one, each of which one place is kept for: those with fewer calls under way, and of those
 * with as many the ones that have waited longer.
 */
function countBefore(ledger: Ledger, { holder, since }: { holder: string; since: number }): number {
  const mine = callsOf(ledger, holder);
  return Object.entries(ledger.waiting).filter(([id, other]) => {
    if (id === holder) return false;
    const theirs = callsOf(ledger, id);
    return theirs < mine || (theirs === mine && other.since < since);
  }).length;
}

function callsOf({ holders }: Ledger, holder: string): number {
  return Object.values(holders[holder]?.held ?? {}).reduce((sum, calls) => sum + calls, 0);
}

function take(ledger: Ledger, { holder, key, nowMs }: { holder: string; key: string; nowMs: number }): void {
  const record = ledger.holders[holder] ?? { until: nowMs + LEASE_EXPIRES_AFTER_MS, held: {} };
  record.held[key] = (record.held[key] ?? 0) + 1;
  ledger.holders[holder] = record;
}

function log(ledger: Ledger, { key, limits, tokens, nowMs }: Omit<RoomQuery, 'ledger'>): number | null {
  if (limits.requests === null && limits.tokens === null) return null;
  const { log: entries } = recordOf(ledger, key);
  const last = entries.at(-1);
  // After a failover the store's clock may stand a little earlier; the log stays in order.
  const at = Math.max(Math.floor(nowMs / BUCKET_MS) * BUCKET_MS, last?.[0] ?? 0);
  if (last && last[0] === at) {
    last[1] += 1;
    last[2] += tokens;
  } else {
    entries.push([at, 1, tokens]);
  }
  return at;
}

/** Puts right what a granted call came to: fewer tokens than it might have, or no request at all. */
export function settle(
  ledger: Ledger,
  { key, at, requests, tokens }: { key: string; at: number; requests: number; tokens: number },
): void {
  const entry = ledger.keys[key]?.log.find(([begin]) => begin === at);
  if (!entry) return;
  entry[1] = Math.max(0, entry[1] + requests);
  entry[2] = Math.max(0, entry[2] + tokens);
}
