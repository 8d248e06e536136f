import type { Writable } from 'node:stream';

/** A reader this far behind is not coming back soon; from here lines are dropped and counted, not held in memory. */
const PENDING_MAX_BYTES = 8 * 1_048_576;

export type Sink = {
  /** Writes one line, or drops it where the stream is broken or too far behind. Never throws, never waits. */
  write(line: string): void;
  /** Settles when what was written has left the process, or after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
};

/**
 * Standard output as a place for log lines. Pipes are written asynchronously on Linux, so that a reader who stops
 * costs memory and not the event loop, and one who leaves raises EPIPE as an event that would end the process.
 * @param describeDropped gives the line to write once lines get through again after `count` did not
 */
export function createStreamSink(stream: Writable, describeDropped: (count: number) => string): Sink {
  let broken = false;
  let dropped = 0;
  stream.on('error', () => {
    broken = true;
  });

  return {
    write(line) {
      if (broken || stream.destroyed) return;
      if (stream.writableLength > PENDING_MAX_BYTES) {
        dropped += 1;
        return;
      }
      if (dropped > 0) {
        stream.write(`${describeDropped(dropped)}\n`);
        dropped = 0;
      }
      stream.write(`${line}\n`);
    },

    async flush(timeoutMs) {
      if (broken || stream.destroyed || stream.writableLength === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        stream.write('', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
