import type { SharedDocuments } from '@flotilla/core';
import { createThrottledLog, type Logger } from '@flotilla/platform';
import { costOf } from './bucket.ts';
import { addUse, hasToBeShared, isDrained, type Use } from './caller-limit.ts';
import type { Recent } from './recent.ts';

/** The name ends in the version of what is in it. */
const DOCUMENT = 'request-rates:1';
const EVERY_MS = 1_000;
const GOES = 3;
const LOGGED_EVERY_MS = 30_000;

type Deps = {
  uses: Recent<Use>;
  documents: SharedDocuments;
  logger: Pick<Logger, 'warn'>;
  now?: () => number;
};

/**
 * Makes the buckets of all API processes one: once a second each adds what busy keys and accounts have used to a
 * document that all of them share, and takes over what it then finds there. No request waits for it. What several processes let through before
 * they heard of each other is made up for afterwards, so that over ten seconds and more the fleet admits what one process
 * would. What hardly uses its limit is not told of, and costs nothing; while the store does not answer, each process
 * limits by itself.
 */
export function createUseSharing({ uses, documents, logger, now = () => performance.now() }: Deps) {
  const warn = createThrottledLog({ log: logger.warn, everyMs: LOGGED_EVERY_MS });
  let timer: NodeJS.Timeout | undefined;
  let isSharing = false;

  async function share(): Promise<void> {
    for (let go = 1; go <= GOES; go++) {
      const inUse = [...uses.values()].filter((use) => hasToBeShared(use) || isDrained(use, now()));
      if (inUse.length === 0 || (await shareOnce(inUse))) return;
    }
  }

  /** `false`: another process was quicker. */
  async function shareOnce(inUse: readonly Use[]): Promise<boolean> {
    const { text, version, nowMs } = await documents.read(DOCUMENT);
    const readAtMs = now();
    const fullAt = readFullAt(text, nowMs);
    const told = inUse.filter(hasToBeShared).map((use) => ({ use, count: use.unshared }));
    for (const { use } of told) fullAt.set(use.id, addUse(fullAt.get(use.id) ?? 0, nowMs, use));
    const written = JSON.stringify({ fullAt: Object.fromEntries(fullAt) });
    if (told.length > 0 && !(await documents.write({ name: DOCUMENT, text: written, version }))) return false;
    // What came while the store was asked is not in what was told.
    for (const { use, count } of told) use.unshared -= Math.min(count, use.unshared);
    for (const use of inUse) {
      const aheadMs = Math.max((fullAt.get(use.id) ?? 0) - nowMs, 0);
      use.fullAtMs = Math.max(use.fullAtMs, readAtMs + aheadMs + use.unshared * costOf(use.policy));
    }
    return true;
  }

  async function tick(): Promise<void> {
    if (isSharing) return;
    isSharing = true;
    try {
      await share();
    } catch (error) {
      warn('rates', 'the use of API keys could not be shared; each process limits by itself', { error });
    }
    isSharing = false;
  }

  return {
    share: tick,
    start() {
      timer ??= setInterval(() => void tick(), EVERY_MS).unref();
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** By key and account, when its bucket is full again, by the store's clock. Those that are full by now are left out. */
function readFullAt(text: string | null, nowMs: number): Map<string, number> {
  const document: unknown = text === null ? null : JSON.parse(text);
  const found =
    typeof document === 'object' && document !== null && 'fullAt' in document ? (document.fullAt ?? {}) : {};
  return new Map(
    Object.entries(found).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > nowMs,
    ),
  );
}
