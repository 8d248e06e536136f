/**
 * Tells a hot loop of errors from a few of them, and how long to rest: longer with every storm in a row, from the
 * start again after a quiet time of twice the longest rest. A worker on a read-only Redis took 70–90 % of a core.
 */
export function createStormGauge(options: { errorsPerSecond: number; restFirstMs: number; restCapMs: number }) {
  let windowFrom = 0;
  let errors = 0;
  let restMs = options.restFirstMs;
  let stormedAt = 0;

  return {
    /** Notes one error at `at`; how long to rest when it is one too many, else undefined. */
    note(at: number): number | undefined {
      if (at - windowFrom >= 1_000) {
        windowFrom = at;
        errors = 0;
      }
      errors += 1;
      if (errors <= options.errorsPerSecond) return undefined;
      errors = 0;
      if (at - stormedAt > 2 * options.restCapMs + restMs) restMs = options.restFirstMs;
      stormedAt = at;
      const rest = restMs;
      restMs = Math.min(2 * restMs, options.restCapMs);
      return rest;
    },
  };
}
