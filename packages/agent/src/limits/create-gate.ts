import { randomUUID } from 'node:crypto';
import { HEARTBEAT_EVERY_MS, LEASE_EXPIRES_AFTER_MS, type SharedDocuments } from '@flotilla/core';
import { admit, type Grant, type KeyLimits, settle } from './admit.ts';
import { LEDGER_VERSION, type Ledger, pruneLedger, readLedger, recordOf } from './ledger.ts';
import type { Permit, ProviderGate } from './provider-gate.ts';
import { createWaitingLine, type WaitingCall } from './waiting-line.ts';
import { SEND_WITHIN_MS, WAITING_SEEN_MS } from './windows.ts';

export type GateOptions = {
  /** The provider, and so the document that its fleet shares. */
  name: string;
  /** Names of its keys; never the keys. */
  keys: readonly string[];
  limits: KeyLimits;
  documents: SharedDocuments;
  /** The store did not answer: nothing is let through until it does. */
  onError?: (error: unknown) => void;
  random?: () => number;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
};

/** After the store did not answer, or somebody was quicker for the third time. */
const AGAIN_AFTER_ERROR_MS = 500;
const AGAIN_AFTER_RACE_MS = 5;

type Settlement = { key: string; at: number; requests: number; tokens: number };
type Turn = { ledger: Ledger; grants: Grant[]; nowMs: number; waitMs: number; isQueued: boolean; isChanged: boolean };

/**
 * A gate that all processes with the same documents share. What this process asks for meanwhile travels together in one
 * read and one write; with no call under way and none that waits it does nothing at all.
 *
 * Calls under way are held on a lease of this process, as its missions are: it says every few seconds that it lives, and
 * what a dead process held is free when its lease has run out. Each write says how many calls are under way, not how
 * many more: whatever the store forgot or missed is right again with the next.
 */
export function createProviderGate(options: GateOptions): ProviderGate {
  const { keys, limits, documents, random = Math.random, now = () => performance.now() } = options;
  const name = `limits-${LEDGER_VERSION}:${options.name}`;
  const holder = randomUUID();
  const line = createWaitingLine();
  const held = new Map<string, number>();
  let settlements: Settlement[] = [];
  let rests: { key: string; ms: number }[] = [];
  let isDirty = false;
  /** When this process last said that it lives, and that it waits. */
  let saidAt = Number.NEGATIVE_INFINITY;
  let isListed = false;
  let busy: Promise<void> | null = null;
  let isWanted = false;
  let timer: NodeJS.Timeout | undefined;

  function wake(): void {
    isWanted = true;
    clearTimeout(timer);
    busy ??= Promise.resolve().then(work);
  }

  async function work(): Promise<void> {
    let nextMs: number | null = null;
    while (isWanted) {
      isWanted = false;
      try {
        nextMs = await takeTurn();
      } catch (error) {
        options.onError?.(error);
        giveUpOn(line.calls, (call) => call.until <= now() + AGAIN_AFTER_ERROR_MS, AGAIN_AFTER_ERROR_MS);
        nextMs = isDirty || line.calls.length > 0 ? AGAIN_AFTER_ERROR_MS : null;
      }
    }
    busy = null;
    if (nextMs !== null) timer = setTimeout(wake, Math.max(1, nextMs));
  }

  /** One reading and one writing of the ledger. @returns when to come again */
  async function takeTurn(): Promise<number | null> {
    const calls = [...line.calls];
    const sentAt = now();
    const document = await documents.read(name);
    const settled = settlements;
    const rested = rests;
    const heldThen = new Map(held);
    const turn = think(document.text, { nowMs: document.nowMs, calls, settled, rested });
    if (turn.isChanged) {
      const text = JSON.stringify(turn.ledger);
      // Whatever becomes of the write, these are not said again: twice would forget what was really used. How many calls
      // are under way is, until a write is known to have come through.
      isDirty = true;
      settlements = settlements.slice(settled.length);
      rests = rests.slice(rested.length);
      if (!(await documents.write({ name, text, version: document.version }))) {
        settlements = [...settled, ...settlements];
        rests = [...rested, ...rests];
        return (random() + 0.5) * AGAIN_AFTER_RACE_MS;
      }
      saidAt = sentAt;
      isListed = turn.ledger.waiting[holder] !== undefined;
      isDirty = !isSame(heldThen, held);
    }
    hand(calls, turn.grants, sentAt);
    if (isDirty) return 0;
    giveUp(calls, turn);
    return nextTurnIn(turn);
  }

  function think(
    text: string | null,
    {
      nowMs,
      calls,
      settled,
      rested,
    }: { nowMs: number; calls: WaitingCall[]; settled: Settlement[]; rested: typeof rests },
  ): Turn {
    const ledger = pruneLedger(readLedger(text), nowMs);
    const mine = { until: nowMs + LEASE_EXPIRES_AFTER_MS, held: Object.fromEntries(held) };
    ledger.holders = { ...without(ledger.holders, holder), ...(held.size > 0 && { [holder]: mine }) };
    for (const settlement of settled) settle(ledger, settlement);
    for (const { key, ms } of rested) {
      const record = recordOf(ledger, key);
      record.restUntil = Math.max(record.restUntil, nowMs + ms);
    }
    for (const call of calls) call.since ??= nowMs;
    const waiters = calls.map(({ tokens, since }) => ({ tokens, since: since ?? nowMs }));
    const { grants, waitMs, isQueued } = admit(ledger, { holder, nowMs, keys, limits, waiters });
    ledger.waiting = without(ledger.waiting, holder);
    const first = waiters[grants.length];
    // Who only takes what is there does not stand in line.
    const leftMs = (calls[grants.length]?.until ?? 0) - now();
    const stands = first !== undefined && leftMs > (isQueued ? 0 : waitMs);
    if (stands) ledger.waiting[holder] = { since: first.since, until: nowMs + WAITING_SEEN_MS };
    const isDue = now() - saidAt >= (stands ? WAITING_SEEN_MS / 3 : HEARTBEAT_EVERY_MS) && (stands || held.size > 0);
    const isChanged =
      isDirty || isDue || grants.length > 0 || settled.length > 0 || rested.length > 0 || stands !== isListed;
    return { ledger, grants, nowMs, waitMs, isQueued, isChanged };
  }

  function hand(calls: readonly WaitingCall[], grants: readonly Grant[], sentAt: number): void {
    for (const [index, grant] of grants.entries()) {
      held.set(grant.key, (held.get(grant.key) ?? 0) + 1);
      const permit = toPermit(grant, sentAt);
      const isTaken = calls[index]?.answer({ kind: 'permit', permit });
      if (!isTaken) permit.release({ wasSent: false, tokens: 0 });
    }
  }

  function toPermit(grant: Grant, sentAt: number): Permit {
    let isOver = false;
    return {
      key: grant.key,
      isFresh: () => now() - sentAt <= SEND_WITHIN_MS,
      release({ wasSent, tokens }) {
        if (isOver) return;
        isOver = true;
        const left = (held.get(grant.key) ?? 1) - 1;
        if (left > 0) held.set(grant.key, left);
        else held.delete(grant.key);
        const used = wasSent ? (tokens ?? grant.tokens) : 0;
        const change = { requests: wasSent ? 0 : -1, tokens: used - grant.tokens };
        if (grant.at !== null && (change.requests !== 0 || change.tokens !== 0)) {
          settlements.push({ key: grant.key, at: grant.at, ...change });
        }
        isDirty = true;
        wake();
      },
    };
  }

  /** Those who will not be served in the time they have are told so now. */
  function giveUp(calls: readonly WaitingCall[], { waitMs, isQueued }: Turn): void {
    const at = now();
    // How long others' calls take is not known: come back in about the time that was waited here for nothing.
    const afterMs = isQueued ? (1 + random()) * WAITING_SEEN_MS * 2 : waitMs + random() * WAITING_SEEN_MS;
    giveUpOn(calls, (call) => call.until <= at || (!isQueued && at + waitMs > call.until), afterMs);
  }

  function giveUpOn(calls: readonly WaitingCall[], isHopeless: (call: WaitingCall) => boolean, afterMs: number): void {
    for (const call of calls.filter(isHopeless)) call.answer({ kind: 'wait', afterMs });
  }

  function nextTurnIn({ waitMs }: Turn): number | null {
    if (line.calls.length > 0) {
      const untilMs = Math.min(...line.calls.map(({ until }) => until)) - now();
      return Math.max(1, Math.min(waitMs, untilMs, isListed ? WAITING_SEEN_MS / 3 : waitMs));
    }
    if (isListed) return 0;
    return held.size > 0 ? Math.max(1, saidAt + HEARTBEAT_EVERY_MS - now()) : null;
  }

  return {
    acquire({ tokens, waitMs, signal }) {
      const admitted = line.join({ tokens, until: now() + waitMs, signal });
      wake();
      return admitted;
    },
    backOff(key, ms) {
      rests.push({ key, ms });
      wake();
    },
    async close() {
      // Not a loop: what it ends with may be a timer, and nothing asks it for more.
      await busy;
      clearTimeout(timer);
    },
  };
}

function without<T>(all: Record<string, T>, name: string): Record<string, T> {
  const { [name]: _, ...others } = all;
  return others;
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([key, count]) => other.get(key) === count);
}
