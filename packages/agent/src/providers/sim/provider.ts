import { TerminalError } from '@flotilla/core';
import type { Sleep } from '../../abortable.ts';
import { sleep as realSleep } from '../../abortable.ts';
import type { Provider } from '../../provider.ts';
import { createDemoModel } from './demo.ts';
import { createLoadModel } from './load.ts';

export type SimProviderOptions = {
  /** How to wait; for tests. Must reject with the signal's reason when aborted. */
  sleep?: Sleep;
  /** A monotonic clock in milliseconds; for tests of `outageMs`. */
  monotonicNow?: () => number;
  /** How long `sim/demo` takes before its first word, and between fragments of text. 0: no timers at all. */
  thinkMs?: number;
  fragmentMs?: number;
};

/**
 * The simulator: no network, no key, no cost. `sim/demo` plays a model well enough to show missions that call tools;
 * `sim/load` does exactly what `modelOptions` say, for load and failure tests. Both say that they are simulators.
 * Both are stateless and deterministic (the start of an `outageMs` apart): the same request gets the same reply.
 */
export function createSimProvider(options: SimProviderOptions = {}): Provider {
  const { sleep = realSleep, monotonicNow = () => performance.now(), thinkMs = 80, fragmentMs = 12 } = options;
  const demo = createDemoModel({ sleep, thinkMs, fragmentMs });
  const load = createLoadModel({ sleep, monotonicNow });

  return {
    name: 'sim',
    async call(request, hooks) {
      switch (request.model) {
        case 'demo':
          return demo(request, hooks);
        case 'load':
          return load(request, hooks);
        default:
          throw new TerminalError(
            'provider_refused_request',
            `The simulator has no model ${JSON.stringify(request.model)}; it has sim/demo and sim/load`,
          );
      }
    },
  };
}
