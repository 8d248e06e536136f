import { startThread, type Thread } from './thread.ts';

export type ReadersOf = {
  apiUrl: string;
  apiKey: string;
  missionIds: readonly string[];
  /** What has not ended by then is cut, and counts as what did not end. */
  withinMs: number;
};

/** What all of them saw together; times in milliseconds. */
export type Tally = {
  /** Numbered ones, and those that a stream passed over, or had twice. */
  events: number;
  lost: number;
  twice: number;
  /** Streams that did not end by themselves after their terminal event. */
  unended: number;
  /** From the transaction that wrote it, of those that were written after its stream was opened. */
  eventsMs: number[];
  /** From the model's own word for when it was written, of each of the model's fragments. */
  fragmentsMs: number[];
};

/** `open`: all streams are, and have what there was. `ended`: all are over. */
export type FromReaders = { kind: 'open' } | { kind: 'ended'; tally: Tally; loopDelayMs: number };

/** Reads the streams of many missions at once, in a thread of its own. */
export function startReadersThread(of: ReadersOf): Thread<never, FromReaders> {
  return startThread(new URL('./readers-main.ts', import.meta.url), of);
}
