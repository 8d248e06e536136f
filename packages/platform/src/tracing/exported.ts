import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { readTraceparent, writeTraceparent } from './traceparent.ts';
import type { SpanMaker, SpanStart, TracingOptions } from './tracing.ts';

/** A collector that does not answer must not use up the grace of a process that stops. */
const CLOSE_WITHIN_MS = 2_000;
const EXPORT_EVERY_MS = 1_000;
/** What is more than this between two exports is dropped rather than held. */
const HELD_MAX = 8_192;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** Spans by OTLP over HTTP. Headers for the collector are the exporter's own matter: `OTEL_EXPORTER_OTLP_HEADERS`. */
export function exportSpans(options: TracingOptions & { endpoint: string }): SpanMaker {
  const { service, version, endpoint, sampleRatio } = options;
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'flotilla',
      'service.name': `flotilla-${service}`,
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, scheduledDelayMillis: EXPORT_EVERY_MS, maxQueueSize: HELD_MAX }),
    ],
  });
  const tracer = provider.getTracer('flotilla', version);

  return {
    start({ name, kind, parent, fields, startedAt }) {
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[kind],
          ...(fields && { attributes: { ...fields } }),
          ...(startedAt && { startTime: startedAt }),
        },
        contextOf(parent),
      );
      const { traceId, spanId, traceFlags } = span.spanContext();
      const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
      let isOver = false;
      return {
        traceparent: writeTraceparent({ traceId, spanId, isSampled }),
        end(end = {}) {
          if (isOver) return;
          isOver = true;
          if (end.name !== undefined) span.updateName(end.name);
          if (end.fields) span.setAttributes({ ...end.fields });
          if (end.failed != null) {
            span.setAttribute('error.type', end.failed);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    async close() {
      const waited = sleep(CLOSE_WITHIN_MS, undefined, { ref: false });
      await Promise.race([provider.shutdown().catch(() => undefined), waited]);
    },
  };
}

function contextOf(parent: SpanStart['parent']): Context {
  const ids = parent === null ? null : readTraceparent(parent);
  if (ids === null) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = ids;
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
