import type { Delta } from '@flotilla/core';
import type { Database, Position, StoredEvent } from '@flotilla/db';
import { createThrottledLog, type Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';

/** What is not heard of is found by asking this often: an event is seen a second late at most. */
const POLL_EVERY_MS = 800;
/** Events are asked for so many readers in one query, and at most so many for each of them. */
const READERS_AT_ONCE = 500;
const EVENTS_AT_ONCE = 50;
const OUTAGE_LOGGED_EVERY_MS = 10_000;

/** Somebody who waits for a mission's events. None of these may throw. */
export type Reader = {
  missionId: string;
  /** The sequence of the last event it has. */
  after: number;
  /** Whether it can take more; one that cannot is asked again when `hub.wake` says so. */
  isReady(): boolean;
  take(events: readonly StoredEvent[]): void;
  /** Its mission is not there any more, and nothing will come. */
  onGone(): void;
  /** Left out by those who only wait for events. */
  onDelta?(delta: Delta): void;
};

export type EventHub = {
  /** Brings the reader all events after its own, then every new one, until the function it returns is called. */
  add(reader: Reader): () => void;
  /** It may have missed something, or can take more again. */
  wake(reader: Reader): void;
  readonly size: number;
};

type Deps = {
  db: { events: Pick<Database['events'], 'readBehind' | 'readNew'> };
  queue: Pick<Queue, 'follow'>;
  logger: Pick<Logger, 'warn'>;
};

/**
 * One for a process, whatever the number of its readers: those with something to read are read for together, and one
 * query for all of them finds what nobody has told of. Nothing is kept here: a reader that is slow finds its events in
 * Postgres when it has caught up.
 */
export function createEventHub({ db, queue, logger }: Deps): EventHub {
  const readers = new Set<Reader>();
  const due = new Set<Reader>();
  let polling: NodeJS.Timeout | undefined;
  let isReading = false;
  let isPolling = false;
  const warn = createThrottledLog({ log: logger.warn, everyMs: OUTAGE_LOGGED_EVERY_MS });

  async function readDue(): Promise<void> {
    isReading = true;
    // Readers that are due in one turn of the event loop are read for together.
    await Promise.resolve();
    try {
      for (let batch = takeDue(); batch.length > 0; batch = takeDue()) await readFor(batch);
    } catch (error) {
      // They are still there, and the next poll finds what they miss.
      warn('events', 'events could not be read for those who follow them', { error });
    }
    isReading = false;
  }

  function takeDue(): Reader[] {
    const batch: Reader[] = [];
    for (const reader of due) {
      if (batch.length === READERS_AT_ONCE) break;
      due.delete(reader);
      if (readers.has(reader) && reader.isReady()) batch.push(reader);
    }
    return batch;
  }

  async function readFor(batch: readonly Reader[]): Promise<void> {
    const rows = await db.events.readNew({ positions: batch.map(toPosition), limit: EVENTS_AT_ONCE });
    for (const [index, events] of Map.groupBy(rows, ({ reader }) => reader)) {
      const reader = batch[index];
      const last = events.at(-1);
      if (!reader || !last || !readers.has(reader)) continue;
      reader.after = last.sequence;
      reader.take(events);
      if (events.length === EVENTS_AT_ONCE) due.add(reader);
    }
  }

  async function poll(): Promise<void> {
    if (isPolling || readers.size === 0) return;
    isPolling = true;
    try {
      // Whoever comes meanwhile was not asked for.
      const asked = [...readers];
      for (const { reader: index, isGone } of await db.events.readBehind(asked.map(toPosition))) {
        const reader = asked[index];
        if (!reader || !readers.has(reader)) continue;
        if (isGone) reader.onGone();
        else wake(reader);
      }
    } catch (error) {
      warn('poll', 'nobody could be asked for new events', { error });
    }
    isPolling = false;
  }

  function wake(reader: Reader): void {
    due.add(reader);
    if (!isReading) void readDue();
  }

  return {
    get size() {
      return readers.size;
    },
    wake,
    add(reader) {
      readers.add(reader);
      polling ??= setInterval(() => void poll(), POLL_EVERY_MS).unref();
      const onDelta = reader.onDelta?.bind(reader);
      const unfollow = queue.follow(reader.missionId, { onEvents: () => wake(reader), ...(onDelta && { onDelta }) });
      wake(reader);
      return function remove() {
        readers.delete(reader);
        due.delete(reader);
        unfollow();
        if (readers.size === 0) {
          clearInterval(polling);
          polling = undefined;
        }
      };
    },
  };
}

function toPosition({ missionId, after }: Reader, index: number): Position {
  return { reader: index, missionId, after };
}
