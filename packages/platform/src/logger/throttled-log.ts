import type { LogFields } from './logger.ts';

/** Keys come from error messages; a message with an id in it must not grow this map without end. */
const KEYS_MAX = 1_000;

export type ThrottledLog = {
  /** Logs now, or counts, if the same key was logged within the interval. */
  (key: string, message: string, fields?: LogFields): void;
  /** Reports what is still counted, and forgets every key. Call it at stop. */
  flush(): void;
};

type Interval = { timer: NodeJS.Timeout; suppressed: number; message: string; fields: LogFields | undefined };

/**
 * The same key at most once per interval; what was held back is reported at the interval's end, with its count in
 * `suppressed`. For errors that come in storms: BullMQ raises thousands a second while Redis is away.
 */
export function createThrottledLog({
  log,
  everyMs,
}: {
  log: (message: string, fields?: LogFields) => void;
  everyMs: number;
}): ThrottledLog {
  const intervals = new Map<string, Interval>();

  function end(key: string, interval: Interval): void {
    clearTimeout(interval.timer);
    intervals.delete(key);
    if (interval.suppressed > 0) log(interval.message, { ...interval.fields, suppressed: interval.suppressed });
  }

  function begin(key: string, message: string, fields: LogFields | undefined): Interval {
    const timer = setTimeout(() => {
      const { suppressed } = interval;
      end(key, interval);
      // What was just reported counts as logged: a storm stays at one line per interval.
      if (suppressed > 0) intervals.set(key, begin(key, interval.message, interval.fields));
    }, everyMs).unref();
    const interval: Interval = { timer, suppressed: 0, message, fields };
    return interval;
  }

  function throttled(key: string, message: string, fields?: LogFields): void {
    const slot = intervals.has(key) || intervals.size < KEYS_MAX ? key : '';
    const running = intervals.get(slot);
    if (running === undefined) {
      intervals.set(slot, begin(slot, message, fields));
      log(message, fields);
      return;
    }
    running.suppressed += 1;
    running.message = message;
    running.fields = fields;
  }

  return Object.assign(throttled, {
    flush: () => {
      for (const [key, interval] of intervals) end(key, interval);
    },
  });
}
