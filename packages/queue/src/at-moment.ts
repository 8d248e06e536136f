/** What timers and two clocks' rates may be apart over a few seconds: a bell that comes a moment early finds nothing to do. */
const EARLY_BY_MS = 5;

/** Does something when the database's clock is so many milliseconds on, and keeps no process alive for it. */
export function atMoment(afterMs: number, work: () => void): void {
  setTimeout(work, Math.ceil(afterMs) + EARLY_BY_MS).unref();
}
