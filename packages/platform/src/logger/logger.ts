import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import winston from 'winston';
import { createRedactor, type Redactor } from '../redaction/redactor.ts';
import { redaction, rendering } from './formats.ts';
import { createStreamSink, type Sink } from './stream-sink.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says besides its message, e.g. `{missionId, attempt, error}`. Any value will do. */
export type LogFields = Readonly<Record<string, unknown>>;

type Log = (message: string, fields?: LogFields) => void;

export type Logger = Readonly<Record<LogLevel, Log>> & {
  /** A logger whose lines all carry these fields. */
  child(fields: LogFields): Logger;
  /** Settles when what was logged has left the process, or after `timeoutMs`. Called before exit. */
  flush(timeoutMs: number): Promise<void>;
};

export type LoggerOptions = {
  level: LogLevel;
  format: 'json' | 'pretty';
  /** Which process speaks: `api`, `worker`. */
  service: string;
  /** Where lines go, without their line end; standard output if left out. */
  write?: (line: string) => void;
  redactor?: Redactor;
  /** What every line says of where it was logged, such as its trace; asked for each line. */
  context?: () => LogFields;
};

/**
 * One line per fact. Secrets are hidden by field name, by pattern and by registered value; control characters are
 * escaped, so that no input can forge a line. Logging never throws and never waits for its reader.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, format, service, write, redactor = createRedactor(), context } = options;
  const shape = winston.format.combine(redaction(redactor), rendering(format));
  const sink = write === undefined ? stdoutSink(format, service) : callbackSink(write);
  const base = winston.createLogger({
    level,
    levels: Object.fromEntries(LOG_LEVELS.map((name, severity) => [name, severity])),
    format: shape,
    transports: [new winston.transports.Stream({ stream: intoSink(sink), eol: '' })],
  });

  function bound(own: LogFields): Logger {
    function log(at: LogLevel): Log {
      if (LOG_LEVELS.indexOf(at) > LOG_LEVELS.indexOf(level)) return () => {};
      return (message, fields) => {
        try {
          const said = fields === undefined ? own : merge(own, fields);
          const all = context === undefined ? said : merge(context(), said);
          base.log({ level: at, message, at: new Date().toISOString(), service, fields: all });
        } catch {
          // A line that cannot be written is not worth the work it reports on.
        }
      };
    }
    return {
      error: log('error'),
      warn: log('warn'),
      info: log('info'),
      debug: log('debug'),
      child: (fields) => bound(merge(own, fields)),
      async flush(timeoutMs) {
        // winston hands lines over in the next turn of the loop when it has only just begun.
        await setImmediate();
        await sink.flush(timeoutMs);
      },
    };
  }

  return bound({});
}

function merge(own: LogFields, fields: LogFields): LogFields {
  try {
    return { ...own, ...fields };
  } catch {
    // Descriptors, not values: a getter that throws is met where that is expected.
    return Object.defineProperties(
      {},
      { ...Object.getOwnPropertyDescriptors(own), ...Object.getOwnPropertyDescriptors(fields) },
    );
  }
}

function stdoutSink(format: LoggerOptions['format'], service: string): Sink {
  return createStreamSink(process.stdout, (count) => {
    const message = `${count} log lines were dropped: standard output was not being read`;
    const at = new Date().toISOString();
    return format === 'json'
      ? JSON.stringify({ at, level: 'warn', service, message })
      : `${at} warn ${service} ${message}`;
  });
}

function callbackSink(write: (line: string) => void): Sink {
  return { write, flush: () => Promise.resolve() };
}

function intoSink(sink: Sink): Writable {
  return new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      try {
        sink.write(String(line));
      } catch {
        // The same: a broken place for lines breaks nothing else.
      }
      done();
    },
  });
}
