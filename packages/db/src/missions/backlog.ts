import { BACKLOG_COUNT_MS, BACKLOG_COUNT_NEAR_CAP_MS, BACKLOG_NEAR_CAP_MISSIONS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** The account has as many missions queued as it may; `maxQueued` is its cap. Nothing was stored. */
export class BacklogFullError extends Error {
  override readonly name = 'BacklogFullError';
  readonly maxQueued: number;

  constructor(maxQueued: number) {
    super(`the account may have ${maxQueued} missions queued`);
    this.maxQueued = maxQueued;
  }
}

export type Backlog = { queued: number; maxQueued: number };

/**
 * Keeps accounts within their backlog caps.
 *
 * A counter in the account's row would make every POST of an account wait for the one before it. So missions are
 * counted now and then, and what was admitted since is remembered: exact to about one batch for one process, and within
 * what the others admit between two counts for several.
 */
export type BacklogGate = {
  /**
   * Stores `missions` new missions with `store`, if there is room for all of them.
   * @throws {BacklogFullError}
   */
  admit<Result>(accountId: string, missions: number, store: () => Promise<Result>): Promise<Result>;
  /**
   * Stores with `store` as many of so many missions as there is room for.
   * @throws {BacklogFullError} when there is room for none
   */
  admitUpTo<Result>(
    accountId: string,
    missions: number,
    store: (room: { admitted: number; maxQueued: number }) => Promise<Result>,
  ): Promise<Result>;
};

/** `unseen`: on their way when the count began. They may be in it or not, and are taken for not: no cap is overrun. */
type Known = { room: number; unseen: number; maxQueued: number; countedAt: number; tookMs: number };
type Entry = { known: Known | null; counting: Promise<Known> | null; inFlight: number; stores: Set<Promise<unknown>> };

/** Accounts remembered, at some hundred bytes each. */
const ENTRIES_MAX = 10_000;
/** A count is good for so many times what it took, however deep the backlog: counting never takes more than a tenth. */
const COUNTING_SHARE = 10;

export function createBacklogGate(options: {
  /** `null`: there is no such account. */
  count(accountId: string): Promise<Backlog | null>;
  now?: () => number;
}): BacklogGate {
  const { now = () => performance.now() } = options;
  const entries = new Map<string, Entry>();

  function entryOf(accountId: string): Entry {
    const entry = entries.get(accountId) ?? { known: null, counting: null, inFlight: 0, stores: new Set() };
    // Once more at the end: the first of the map is the one that was longest not asked for.
    entries.delete(accountId);
    entries.set(accountId, entry);
    for (const [id, { inFlight, counting }] of entries) {
      if (entries.size <= ENTRIES_MAX) break;
      if (inFlight === 0 && counting === null) entries.delete(id);
    }
    return entry;
  }

  function remembered({ known }: Entry): Known | null {
    if (!known) return null;
    const { room, tookMs, countedAt } = known;
    const baseMs = room > BACKLOG_NEAR_CAP_MISSIONS ? BACKLOG_COUNT_MS : BACKLOG_COUNT_NEAR_CAP_MS;
    return now() - countedAt < Math.max(baseMs, tookMs * COUNTING_SHARE) ? known : null;
  }

  async function count(accountId: string, entry: Entry): Promise<Known> {
    const startedAt = now();
    const unseen = entry.inFlight;
    const backlog = await options.count(accountId);
    const { queued, maxQueued } = backlog ?? { queued: 0, maxQueued: Number.POSITIVE_INFINITY };
    return { room: maxQueued - queued - unseen, unseen, maxQueued, countedAt: startedAt, tookMs: now() - startedAt };
  }

  function recount(accountId: string, entry: Entry): Promise<Known> {
    entry.counting ??= count(accountId, entry)
      .then((counted) => {
        entry.known = counted;
        return counted;
      })
      .finally(() => {
        entry.counting = null;
      });
    return entry.counting;
  }

  /** Takes places, from `atLeast` to `atMost` of them. */
  async function reserve(
    accountId: string,
    { entry, atLeast, atMost }: { entry: Entry; atLeast: number; atMost: number },
  ): Promise<{ admitted: number; maxQueued: number }> {
    for (;;) {
      const known = remembered(entry) ?? (await recount(accountId, entry));
      const admitted = Math.min(known.room, atMost);
      if (admitted >= atLeast) {
        known.room -= admitted;
        return { admitted, maxQueued: known.maxQueued };
      }
      if (known.room + known.unseen < atLeast) throw new BacklogFullError(known.maxQueued);
      // Only what was on its way stands between this one and a place: wait for it, and count again.
      await Promise.allSettled(entry.stores);
      if (entry.known === known) entry.known = null;
    }
  }

  async function keepInView<Result>(entry: Entry, missions: number, storing: Promise<Result>): Promise<Result> {
    entry.stores.add(storing);
    entry.inFlight += missions;
    try {
      return await storing;
    } finally {
      entry.stores.delete(storing);
      entry.inFlight -= missions;
    }
  }

  return {
    async admit(accountId, missions, store) {
      const entry = entryOf(accountId);
      await reserve(accountId, { entry, atLeast: missions, atMost: missions });
      return keepInView(entry, missions, store());
    },
    async admitUpTo(accountId, missions, store) {
      const entry = entryOf(accountId);
      const room = await reserve(accountId, { entry, atLeast: 1, atMost: missions });
      return keepInView(entry, room.admitted, store(room));
    },
  };
}

/** What counts as queued for a new mission of a client: all of it. */
export const EVERY_QUEUED = Prisma.sql`true`;
/**
 * What counts for children: what never ran. A mission that was turned away for want of room lies queued itself, and as
 * many of them as the cap would wait for one another for good.
 */
export const NEVER_RAN = Prisma.sql`m.attempt = 0`;

/** An account's queued missions, those that count, and no further than its cap. */
export async function countBacklog(
  client: Client,
  { accountId, counts }: { accountId: string; counts: Prisma.Sql },
): Promise<Backlog | null> {
  const [row] = await runStatement<Backlog>(
    client,
    Prisma.sql`
      SELECT a.max_queued AS "maxQueued", (
        SELECT count(*)::int
        FROM (SELECT FROM missions m WHERE m.account_id = a.id AND m.status = 'queued' AND ${counts} LIMIT a.max_queued) q
      ) AS queued
      FROM accounts a WHERE a.id = ${accountId}`,
  );
  return row ?? null;
}
