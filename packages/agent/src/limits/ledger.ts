import { BUCKET_MS, LOG_WINDOW_MS } from './windows.ts';

/**
 * What the fleet knows of one provider's keys: who has calls under way, who waits for room, and what was asked for in
 * the last minute. Times are the store's, in milliseconds. A key is named by a hash, never by itself.
 */
export type Ledger = {
  /** Processes with calls under way: how many with each key, and until when that is believed without a word of theirs. */
  holders: Record<string, { until: number; held: Record<string, number> }>;
  /** Processes that wait: since when the first of their calls does. */
  waiting: Record<string, { since: number; until: number }>;
  keys: Record<
    string,
    {
      /** The provider asked to be left alone until then. */
      restUntil: number;
      /** Beginning of a quarter of a second, the requests granted in it, and their tokens; oldest first. */
      log: [at: number, requests: number, tokens: number][];
    }
  >;
};

/** Ends the name of its document: whoever changes its shape begins another. */
export const LEDGER_VERSION = 1;

export type KeyRecord = Ledger['keys'][string];

/** What is none is begun anew: it would hold up every call until somebody cleared it by hand. */
export function readLedger(text: string | null): Ledger {
  const ledger: unknown = text === null ? null : JSON.parse(text);
  return isLedger(ledger) ? ledger : { holders: {}, waiting: {}, keys: {} };
}

/** Only `create-gate.ts` writes one, whole or not at all, so that a look at its outline is enough. */
function isLedger(value: unknown): value is Ledger {
  return typeof value === 'object' && value !== null && 'holders' in value && 'waiting' in value && 'keys' in value;
}

/** Without what no longer counts: silent processes, with their calls, and what was asked for longer ago than the window. */
export function pruneLedger({ holders, waiting, keys }: Ledger, nowMs: number): Ledger {
  const isLive = ({ until }: { until: number }) => until > nowMs;
  const isCounted = ([at]: KeyRecord['log'][number]) => at + BUCKET_MS + LOG_WINDOW_MS > nowMs;
  const records = Object.entries(keys).map(
    ([key, record]) => [key, { ...record, log: record.log.filter(isCounted) }] as const,
  );
  return {
    holders: keep(holders, isLive),
    waiting: keep(waiting, isLive),
    keys: keep(Object.fromEntries(records), ({ log, restUntil }) => log.length > 0 || restUntil > nowMs),
  };
}

function keep<T>(all: Record<string, T>, isKept: (one: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([, one]) => isKept(one)));
}

export function recordOf(ledger: Ledger, key: string): KeyRecord {
  const known = ledger.keys[key] ?? { restUntil: 0, log: [] };
  ledger.keys[key] = known;
  return known;
}

/** Calls under way with a key, of the whole fleet. */
export function heldOf(ledger: Ledger, key: string): number {
  return Object.values(ledger.holders).reduce((sum, { held }) => sum + (held[key] ?? 0), 0);
}
