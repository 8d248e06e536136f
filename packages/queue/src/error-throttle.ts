/** Where an error arose, and how many of its kind were held back since the last one that was reported. */
export type ErrorContext = { where: string; repeated: number };
export type ErrorReport = (error: unknown, where: string) => void;

/** Kinds of error that are remembered at once; beyond it the oldest is forgotten. */
const KINDS_MAX = 100;

/**
 * Passes on the first error of a kind and then at most one per period. A Redis that turned read-only made BullMQ
 * emit 5,500 errors a second: logged one by one they fill a disk. Ids and numbers in a message do not make a kind.
 */
export function createErrorThrottle(options: {
  everyMs: number;
  now: () => number;
  onError: (error: Error, context: ErrorContext) => void;
}): ErrorReport {
  const kinds = new Map<string, { reportedAt: number; repeated: number }>();

  return function report(thrown, where) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const kind = `${where} ${error.name} ${error.message.replaceAll(/[0-9a-f]{8,}|\d+/gi, '#')}`;
    const known = kinds.get(kind);
    const at = options.now();
    if (known && at - known.reportedAt < options.everyMs) {
      known.repeated += 1;
      return;
    }
    kinds.delete(kind);
    kinds.set(kind, { reportedAt: at, repeated: 0 });
    const oldest = kinds.keys().next();
    if (kinds.size > KINDS_MAX && !oldest.done) kinds.delete(oldest.value);
    options.onError(error, { where, repeated: known?.repeated ?? 0 });
  };
}
