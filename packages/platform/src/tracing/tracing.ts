import { AsyncLocalStorage } from 'node:async_hooks';
import { readTraceparent } from './traceparent.ts';

/** Ids, names out of a bounded set, and counts: never what somebody wrote. */
export type SpanFields = Readonly<Record<string, string | number | boolean>>;

export type SpanStart = {
  name: string;
  kind: 'server' | 'client' | 'consumer' | 'internal';
  /** The `traceparent` of the span above; `null`: it begins a trace. */
  parent: string | null;
  fields?: SpanFields;
  /** Default: now. */
  startedAt?: Date;
};

export type SpanEnd = {
  /** What it is to be called after all. */
  name?: string;
  fields?: SpanFields;
  /** The code of what went wrong. */
  failed?: string | null;
};

export type Span = {
  /** What whoever goes on from here is given, by header or by row; `null`: it is in no trace. */
  readonly traceparent: string | null;
  /** Once; what comes after is ignored. */
  end(end?: SpanEnd): void;
};

export type Tracing = {
  /** Whether spans go anywhere. */
  readonly isOn: boolean;
  start(start: SpanStart): Span;
  /** Runs `work` inside of a span: what it logs, and whoever it awaits logs, bears the trace's id. */
  within<T>(span: Span, work: () => T): T;
  /** The `traceparent` of the span that this runs inside of. */
  current(): string | null;
  /** Sends what is left, for two seconds at most. Never rejects. */
  close(): Promise<void>;
};

/** What makes spans; the rest is the same with and without an exporter. */
export type SpanMaker = { start(start: SpanStart): Span; close(): Promise<void> };

export type TracingOptions = {
  service: string;
  version: string;
  /** Where spans go by OTLP over HTTP, such as `http://collector:4318`; absent: nowhere. */
  endpoint: string | undefined;
  /** Share of the traces that begin here which are recorded, from 0 to 1; one that came along decides itself. */
  sampleRatio: number;
};

/**
 * Traces in OpenTelemetry's form. Without an endpoint nothing of OpenTelemetry is loaded, and a trace that came along is
 * still passed on: a mission's webhook bears what its POST bore.
 */
export async function createTracing(options: TracingOptions): Promise<Tracing> {
  const { endpoint } = options;
  const maker =
    endpoint === undefined ? PASSING : (await import('./exported.ts')).exportSpans({ ...options, endpoint });
  const inside = new AsyncLocalStorage<string>();
  return {
    isOn: endpoint !== undefined,
    start: maker.start,
    within: ({ traceparent }, work) => (traceparent === null ? work() : inside.run(traceparent, work)),
    current: () => inside.getStore() ?? null,
    close: maker.close,
  };
}

/** The fields by which a log line is found from its trace; none outside of any. */
export function traceFields(traceparent: string | null): { traceId?: string } {
  const ids = traceparent === null ? null : readTraceparent(traceparent);
  return ids === null ? {} : { traceId: ids.traceId };
}

const PASSING: SpanMaker = {
  start: ({ parent }) => ({ traceparent: parent, end: () => undefined }),
  close: () => Promise.resolve(),
};
