import type { ModelResponse } from '@flotilla/core';
import type { Clock } from './abortable.ts';
import type { Candidate } from './fallback.ts';

/** `onCall` is told of each call that is made, and hears its reply also where nobody else waits for it any more. */
type Listener = { clock: Clock; onCall(reply: Promise<ModelResponse>): void };

/**
 * The same model, listened to. While a call to it is under way, the clock of whoever has asked stands still: the call has
 * limits of its own. While it waits for room it does not.
 */
export function overhear({ model, provider }: Candidate, { clock, onCall }: Listener): Candidate {
  return {
    model,
    provider: {
      name: provider.name,
      async call(request, hooks) {
        clock.stop();
        try {
          const reply = provider.call(request, {
            ...hooks,
            onWaiting() {
              clock.go();
              hooks.onWaiting?.();
            },
            beforeCall() {
              hooks.beforeCall?.();
              clock.stop();
            },
          });
          onCall(reply);
          return await reply;
        } finally {
          clock.go();
        }
      },
    },
  };
}
