import { onAborted } from '../abortable.ts';
import type { Admitted } from './provider-gate.ts';

/** A call of this process that waits for room. `since`: by the store's clock, once it is known there. */
export type WaitingCall = {
  tokens: number;
  since: number | null;
  /** Until when it is ready to wait here, on the process's monotonic clock. */
  until: number;
  /** `false`: nobody waits for the answer any more. */
  answer(admitted: Admitted): boolean;
};

/** The calls of this process that wait, in order. */
export function createWaitingLine() {
  const calls: WaitingCall[] = [];

  function remove(call: WaitingCall): boolean {
    const at = calls.indexOf(call);
    if (at >= 0) calls.splice(at, 1);
    return at >= 0;
  }

  return {
    calls: calls as readonly WaitingCall[],
    /** @throws the signal's reason, when aborted */
    async join({ tokens, until, signal }: { tokens: number; until: number; signal: AbortSignal }): Promise<Admitted> {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<Admitted>();
      const call: WaitingCall = {
        tokens,
        since: null,
        until,
        answer(admitted) {
          const waited = remove(call);
          if (waited) resolve(admitted);
          return waited;
        },
      };
      calls.push(call);
      const stopListening = onAborted(signal, (reason) => {
        if (remove(call)) reject(reason);
      });
      try {
        return await promise;
      } finally {
        stopListening();
      }
    },
  };
}
