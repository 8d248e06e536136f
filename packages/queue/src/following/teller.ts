import type { Broadcast, Delta, Signal } from '@flotilla/core';
import { DELTA_MAX_CHARS, FOLLOWED_FOR_MS, FOLLOWED_MAX } from '../settings.ts';
import type { Signals } from '../signals/signals.ts';

/** Tells whoever follows a mission. What nobody follows costs a look into a map, and nothing is kept for anybody. */
export type Teller = {
  /** It has new events, which are committed. */
  events(missionId: string): void;
  /** Its model has written this. */
  delta(delta: Delta): void;
};

/** How long somebody follows a mission, as far as was heard. */
type Until = { events: number; deltas: number };

/** The telling side of one process. It hears who follows what from now on; until then, nobody follows anything. */
export function createTeller(options: {
  signals: Pick<Signals<Signal>, 'subscribe'>;
  broadcasts: Pick<Signals<Broadcast>, 'send'>;
  now?: () => number;
}): Teller {
  const { signals, broadcasts, now = () => performance.now() } = options;
  const followed = new Map<string, Until>();

  signals.subscribe((signal) => {
    if (signal.kind !== 'following') return;
    const { missionId, deltas } = signal;
    const until = now() + FOLLOWED_FOR_MS;
    const before = followed.get(missionId);
    // To the end: those at the front are the ones heard of longest ago.
    followed.delete(missionId);
    followed.set(missionId, { events: until, deltas: deltas ? until : (before?.deltas ?? 0) });
    for (const [oldest, { events }] of followed) {
      if (events > now() && followed.size <= FOLLOWED_MAX) break;
      followed.delete(oldest);
    }
  });

  const isFollowed = (missionId: string, what: keyof Until) => (followed.get(missionId)?.[what] ?? 0) > now();

  return {
    events(missionId) {
      if (isFollowed(missionId, 'events')) broadcasts.send({ kind: 'events', missionId });
    },
    delta({ text, offset, ...place }) {
      if (!isFollowed(place.missionId, 'deltas')) return;
      for (let at = 0; at < text.length; at += DELTA_MAX_CHARS) {
        const part = text.slice(at, at + DELTA_MAX_CHARS);
        broadcasts.send({ kind: 'delta', ...place, offset: offset + at, text: part });
      }
    },
  };
}
