/** Stops asking a server that does not answer, so that a caller learns at once what it would learn after a timeout. */
export type Circuit = {
  /** Whether to try now. While open, one try is let through per period, to see whether the server is back. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
};

/** `now` is a monotonic clock in milliseconds. */
export function createCircuit(options: { failuresToOpen: number; openForMs: number; now: () => number }): Circuit {
  let failures = 0;
  let nextTryAt = 0;
  return {
    allows() {
      if (failures < options.failuresToOpen) return true;
      const at = options.now();
      if (at < nextTryAt) return false;
      nextTryAt = at + options.openForMs;
      return true;
    },
    succeeded() {
      failures = 0;
    },
    failed() {
      failures += 1;
      if (failures === options.failuresToOpen) nextTryAt = options.now() + options.openForMs;
    },
  };
}
