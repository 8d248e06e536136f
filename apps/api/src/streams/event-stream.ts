import type { ServerResponse } from 'node:http';
import { isTerminalEvent } from '@flotilla/core';
import type { EventHub, Reader } from './event-hub.ts';
import { KEEP_ALIVE, OPENING, toDeltaFrame, toEventFrame } from './sse.ts';

/** Proxies close what is silent, often after a minute. */
const KEEP_ALIVE_EVERY_MS = 15_000;
/** How often a stream is looked after: whether its key still holds, and whether its reader still reads. */
const LOOK_EVERY_MS = 1_000;
/** A reader that takes nothing for so long is let go: it comes back with the last id it has. */
const STUCK_AFTER_MS = 30_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // nginx and those who follow it hold answers back unless told otherwise.
  'X-Accel-Buffering': 'no',
} as const;

export type EventStreamOptions = {
  res: ServerResponse;
  hub: EventHub;
  missionId: string;
  after: number;
  /** Whether the key it was opened with may still read. */
  isAllowed(): Promise<boolean>;
  /** Aborts when the process stops: the client goes on elsewhere. */
  stopping: AbortSignal;
};

/**
 * A mission's events as they come, and what its model writes in between, until its terminal event. What is bounded is
 * what waits in the connection: while the reader does not read, no more events are fetched for it, and deltas are dropped.
 */
export function openEventStream({ res, hub, missionId, after, isAllowed, stopping }: EventStreamOptions): void {
  let writtenAt = performance.now();
  let fullSince: number | null = null;

  function write(frames: string): void {
    writtenAt = performance.now();
    if (res.write(frames) || fullSince !== null) return;
    fullSince = writtenAt;
    res.once('drain', () => {
      fullSince = null;
      hub.wake(reader);
    });
  }

  const reader: Reader = {
    missionId,
    after,
    isReady: () => fullSince === null,
    take(events) {
      write(events.map(toEventFrame).join(''));
      if (events.some(({ type }) => isTerminalEvent(type))) end();
    },
    // Who connects again is told 404.
    onGone: end,
    onDelta(delta) {
      if (fullSince === null) write(toDeltaFrame(delta));
    },
  };

  function end(): void {
    close();
    res.end();
  }

  async function look(): Promise<void> {
    const now = performance.now();
    if (fullSince !== null && now - fullSince > STUCK_AFTER_MS) res.destroy();
    else if (now - writtenAt >= KEEP_ALIVE_EVERY_MS && fullSince === null) write(KEEP_ALIVE);
    if (!(await isAllowed())) end();
  }

  res.writeHead(200, HEADERS);
  // A HEAD request gets the header and no stream.
  if (res.req.method === 'HEAD') {
    res.end();
    return;
  }
  write(OPENING);
  const remove = hub.add(reader);
  const looking = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  stopping.addEventListener('abort', end);
  res.once('close', close);

  function close(): void {
    remove();
    clearInterval(looking);
    stopping.removeEventListener('abort', end);
  }
  // One that has aborted before tells nobody any more.
  if (stopping.aborted) end();
}
