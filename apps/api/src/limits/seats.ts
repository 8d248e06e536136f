import type { ServerResponse } from 'node:http';
import { ProblemError } from '../problem.ts';

/** Requests that are held open: streams, and those that wait for a mission's end. In seconds. */
const RETRY_AFTER = '5';

export type Seats = {
  /**
   * Takes a place for a request until its connection is done with it.
   * @throws {ProblemError} `too_many_streams` when its key has as many as it may, `overloaded` when the process has
   */
  take(keyId: string, res: ServerResponse): void;
  readonly taken: number;
};

/** Bounds what is held open, for each key and in all; in this process, whose memory and sockets it is about. */
export function createSeats({ perKey, inAll }: { perKey: number; inAll: number }): Seats {
  const byKey = new Map<string, number>();
  let taken = 0;

  function leave(keyId: string): void {
    taken--;
    const left = (byKey.get(keyId) ?? 0) - 1;
    if (left > 0) byKey.set(keyId, left);
    else byKey.delete(keyId);
  }

  return {
    get taken() {
      return taken;
    },
    take(keyId, res) {
      const own = byKey.get(keyId) ?? 0;
      const headers = { 'Retry-After': RETRY_AFTER };
      if (own >= perKey) {
        const detail = `One API key may hold ${perKey} streams and waiting requests open here; close some.`;
        throw new ProblemError('too_many_streams', detail, { headers });
      }
      if (taken >= inAll) {
        throw new ProblemError('overloaded', 'No more streams can be held open here right now.', { headers });
      }
      // Gone before it sat down: nobody would tell us again.
      if (res.destroyed) return;
      taken++;
      byKey.set(keyId, own + 1);
      res.once('close', () => leave(keyId));
    },
  };
}
