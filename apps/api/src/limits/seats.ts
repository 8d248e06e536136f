import type { ServerResponse } from 'node:http';
import { ProblemError } from '../problem.ts';

/** Requests that are held open: streams, and those that wait for a mission's end. In seconds. */
const RETRY_AFTER = '5';

/** How many one key, all keys of one account together, and everybody may hold open. */
export type SeatLimits = { perKey: number; perAccount: number; inAll: number };

export type Seats = {
  /**
   * Takes a place for a request until its connection is done with it.
   * @throws {ProblemError} `too_many_streams` when its key or its account has as many as it may, `overloaded` when the
   * process has
   */
  take(holder: { keyId: string; accountId: string }, res: ServerResponse): void;
  readonly taken: number;
};

/** Bounds what is held open, for each key, each account and in all; in this process, whose memory and sockets it is about. */
export function createSeats({ perKey, perAccount, inAll }: SeatLimits): Seats {
  /** By id, of keys and accounts alike. */
  const heldBy = new Map<string, number>();
  let taken = 0;

  const held = (id: string) => heldBy.get(id) ?? 0;
  const headers = { 'Retry-After': RETRY_AFTER };

  function check(id: string, { whose, most }: { whose: string; most: number }): void {
    if (held(id) < most) return;
    const detail = `${whose} may hold ${most} streams and waiting requests open here; close some.`;
    throw new ProblemError('too_many_streams', detail, { headers });
  }

  function leave(id: string): void {
    const left = held(id) - 1;
    if (left > 0) heldBy.set(id, left);
    else heldBy.delete(id);
  }

  return {
    get taken() {
      return taken;
    },
    take({ keyId, accountId }, res) {
      check(keyId, { whose: 'One API key', most: perKey });
      check(accountId, { whose: 'All API keys of one account together', most: perAccount });
      if (taken >= inAll) {
        throw new ProblemError('overloaded', 'No more streams can be held open here right now.', { headers });
      }
      // Gone before it sat down: nobody would tell us again.
      if (res.destroyed) return;
      const holders = [keyId, accountId];
      taken++;
      for (const id of holders) heldBy.set(id, held(id) + 1);
      res.once('close', () => {
        taken--;
        for (const id of holders) leave(id);
      });
    },
  };
}
