import type { Backend } from './backend.ts';
import { queueNameOf } from './bell-job.ts';
import type { ErrorReport } from './error-throttle.ts';
import { createHandlers } from './handlers.ts';
import { type ConsumeOptions, createReceiver } from './receive.ts';
import type { Ringer } from './ringer.ts';
import { DEAF_AFTER_MS, WATCH_EVERY_MS } from './settings.ts';
import { createSlotGate } from './slot-gate.ts';
import { createSupervisor, type Deafness } from './supervisor.ts';
import { within } from './within.ts';

/** Takes the bells of one queue and calls a handler for each. It has started when `consume` returns it. */
export type Consumer = {
  /** Takes nothing new until `resume`; running handlers go on. A bell that was just fetched is given back. */
  pause(): void;
  resume(): void;
  /**
   * Takes nothing new, and waits up to `timeoutMs` for the running handlers; then aborts their signals, and gives
   * them and the connections a few seconds more. `abandoned` handlers still run when it resolves. Never rejects.
   */
  stop(options: { timeoutMs: number }): Promise<{ abandoned: number }>;
  /**
   * False while it opens, rests after too many errors, or is stopped. A server that has just gone away is `ping`'s
   * matter: its consumers wait for it in good health.
   */
  isHealthy(): boolean;
};

export function createConsumer(
  options: ConsumeOptions,
  deps: {
    backend: Backend;
    ringer: Ringer;
    report: ErrorReport;
    onDeaf(deafness: Deafness): void;
  },
): Consumer {
  const { backend, ringer, report } = deps;
  const { concurrency } = options;
  const queueName = queueNameOf(options);
  const handlers = createHandlers({
    receive: createReceiver(options),
    onError: (error) => report(error, `handle ${queueName}`),
  });
  const supervisor = createSupervisor({
    backend,
    queueName,
    gate: typeof concurrency === 'number' ? createSlotGate(concurrency) : concurrency,
    handlers,
    fetchable: async () => ((await ringer.isPaused(options)) ? 0 : ringer.depth(options)),
    onError: (error) => report(error, `consume ${queueName}`),
    onDeaf: deps.onDeaf,
    watchEveryMs: WATCH_EVERY_MS,
    deafAfterMs: DEAF_AFTER_MS,
  });
  let stopping: Promise<{ abandoned: number }> | undefined;

  async function stop(timeoutMs: number): Promise<{ abandoned: number }> {
    supervisor.drain().catch((error: unknown) => report(error, `stop ${queueName}`));
    await within(handlers.idle(), timeoutMs, 'the last handlers').catch(() =>
      handlers.abort(new Error(`the consumer of ${queueName} was stopped`)),
    );
    await supervisor.end();
    return { abandoned: handlers.running() };
  }

  return {
    pause: supervisor.pause,
    resume: supervisor.resume,
    isHealthy: supervisor.isHealthy,
    stop({ timeoutMs }) {
      stopping ??= stop(timeoutMs);
      return stopping;
    },
  };
}
