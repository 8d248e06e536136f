/** What the lifecycle needs of `process`. */
export type ProcessEvents = {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  exit(code: number): void;
};

/**
 * On Ctrl-C the terminal signals the whole group, and npm passes the signal on to its child as well: what arrives
 * this close to the first is the same press.
 */
const SAME_PRESS_MS = 500;

/** 128 + signal number, as shells report it. */
const INSIST_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof INSIST_CODES;

type Listeners = {
  onStop(signal: StopSignal): void;
  /** The same signal again. Another one is not impatience: a supervisor may follow up a Ctrl-C with SIGTERM. */
  onInsist(signal: StopSignal, exitCode: number): void;
  onCrash(origin: 'uncaught_exception' | 'unhandled_rejection', error: unknown): void;
};

/** Listens until the process ends. */
export function listenForSignals(host: ProcessEvents, { onStop, onInsist, onCrash }: Listeners): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    let firstAt: number | undefined;
    host.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        onStop(signal);
      } else if (now - firstAt >= SAME_PRESS_MS) {
        onInsist(signal, INSIST_CODES[signal]);
      }
    });
  }
  host.on('uncaughtException', (error) => onCrash('uncaught_exception', error));
  host.on('unhandledRejection', (error) => onCrash('unhandled_rejection', error));
}
