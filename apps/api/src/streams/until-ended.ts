import { isTerminalEvent } from '@flotilla/core';
import type { EventHub } from './event-hub.ts';

/**
 * Resolves with the mission's terminal event, when the mission is erased, after `waitMs`, or when the signal aborts;
 * whichever comes first.
 */
export function untilEnded(
  hub: EventHub,
  { missionId, after, waitMs, signal }: { missionId: string; after: number; waitMs: number; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    const remove = hub.add({
      missionId,
      after,
      isReady: () => true,
      take(events) {
        if (events.some(({ type }) => isTerminalEvent(type))) done();
      },
      onGone: done,
    });
    const timer = setTimeout(done, waitMs);
    signal.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      remove();
      resolve();
    }
    // One that has aborted before tells nobody any more.
    if (signal.aborted) done();
  });
}
