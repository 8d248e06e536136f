import type { Broadcast, Delta, Signal } from '@flotilla/core';
import { FOLLOW_AGAIN_A_SECOND, FOLLOW_AGAIN_EVERY_MS } from '../settings.ts';
import type { Signals } from '../signals/signals.ts';

/** Neither may throw. Whatever is told may also get lost: events are in Postgres, and deltas come whole with their step. */
export type Follower = {
  /** There are new events. */
  onEvents(): void;
  /** Left out by those who only wait for events: then nobody sends deltas for their sake. */
  onDelta?(delta: Delta): void;
};

/** Tells `follower` of a mission until the function it returns is called. */
export type Follow = (missionId: string, follower: Follower) => () => void;

type Followed = { followers: Set<Follower>; sayAt: number };

const LOOK_EVERY_MS = 1_000;
/** The first may have come before somebody listened, or met a server that was away: then nothing is sent for a second. */
const SAY_AGAIN_FIRST_MS = 2_000;

/**
 * The listening side of one process. What it follows it says at once, since the others tell of nothing unasked, after two
 * seconds, and again every ten, for workers that have started or lost their connection since.
 */
export function createFollowing(options: {
  signals: Pick<Signals<Signal>, 'send'>;
  broadcasts: Pick<Signals<Broadcast>, 'subscribe'>;
  now?: () => number;
}) {
  const { signals, broadcasts, now = () => performance.now() } = options;
  const followed = new Map<string, Followed>();
  let endListening: (() => void) | undefined;
  let saying: NodeJS.Timeout | undefined;

  function hear(broadcast: Broadcast): void {
    const followers = followed.get(broadcast.missionId)?.followers ?? [];
    for (const follower of followers) {
      if (broadcast.kind === 'events') {
        follower.onEvents();
      } else {
        const { kind: _kind, ...delta } = broadcast;
        follower.onDelta?.(delta);
      }
    }
  }

  function say(missionId: string, { followers }: Followed): void {
    signals.send({ kind: 'following', missionId, deltas: [...followers].some(({ onDelta }) => onDelta !== undefined) });
  }

  function sayAgain(): void {
    let left = FOLLOW_AGAIN_A_SECOND;
    for (const [missionId, entry] of followed) {
      if (entry.sayAt > now()) continue;
      if (left === 0) return;
      left -= 1;
      entry.sayAt = now() + FOLLOW_AGAIN_EVERY_MS;
      // To the end, so that none waits for ever behind the others.
      followed.delete(missionId);
      followed.set(missionId, entry);
      say(missionId, entry);
    }
  }

  const follow: Follow = (missionId, follower) => {
    endListening ??= broadcasts.subscribe(hear);
    saying ??= setInterval(sayAgain, LOOK_EVERY_MS).unref();
    const entry = followed.get(missionId) ?? { followers: new Set(), sayAt: 0 };
    followed.set(missionId, entry);
    entry.followers.add(follower);
    entry.sayAt = now() + SAY_AGAIN_FIRST_MS;
    say(missionId, entry);
    return function unfollow() {
      entry.followers.delete(follower);
      if (entry.followers.size === 0 && followed.get(missionId) === entry) followed.delete(missionId);
    };
  };

  return {
    follow,
    close(): void {
      clearInterval(saying);
      endListening?.();
    },
  };
}
