import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { isWithin } from '../health/within.ts';
import type { Logger } from '../logger/logger.ts';
import { createThrottledLog } from '../logger/throttled-log.ts';

/** A scraper waits ten seconds, and what it can have at once it should have at once. */
const READ_WITHIN_MS = 2_000;
const FAILURE_LOGGED_EVERY_MS = 30_000;
/** Node's own delay monitor wakes the process this often; finer costs an idle process more than it tells. */
const LOOP_DELAY_EVERY_MS = 20;

type Kind = 'counter' | 'gauge' | 'histogram';

/** `name` with its unit (base units, `_total` for counts); `labels` only such as have a handful of values. */
export type MetricDefinition<Label extends string> = {
  name: `flotilla_${string}`;
  help: string;
  labels?: readonly Label[];
};

/** Figures that are somewhere else, and are fetched whenever somebody asks. */
export type ScrapeReader = {
  name: string;
  /** Sets its gauges. */
  read(): Promise<void>;
  /** Clears them: a figure that could not be had is left out, since an old one would be believed. */
  clear(): void;
};

export type Metrics = {
  counter<Label extends string = never>(definition: MetricDefinition<Label>): Counter<Label>;
  gauge<Label extends string = never>(definition: MetricDefinition<Label>): Gauge<Label>;
  /** `buckets`: upper bounds, rising. */
  histogram<Label extends string = never>(
    definition: MetricDefinition<Label> & { buckets: readonly number[] },
  ): Histogram<Label>;
  onScrape(reader: ScrapeReader): void;
  /** Everything in Prometheus' text format. */
  render(): Promise<{ contentType: string; text: string }>;
  /** Every metric of the process, for whoever documents them. */
  describe(): { name: string; kind: Kind | 'process'; labels: readonly string[] }[];
};

/**
 * The figures of one process: a registry of its own, with Node's own figures (processor, memory, garbage collection,
 * event-loop delay, handles) already in it. Every series carries the label `service`.
 */
export function createMetrics({ service, logger }: { service: string; logger: Logger }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_DELAY_EVERY_MS });
  const warn = createThrottledLog({ log: logger.warn, everyMs: FAILURE_LOGGED_EVERY_MS });
  const own = new Map<string, { kind: Kind; labels: readonly string[] }>();
  const readers: ScrapeReader[] = [];

  function configurationOf<Label extends string>(kind: Kind, { name, help, labels = [] }: MetricDefinition<Label>) {
    own.set(name, { kind, labels });
    return { name, help, labelNames: [...labels], registers: [registry] };
  }

  async function read(reader: ScrapeReader): Promise<void> {
    const reading = reader.read().catch((error: unknown) => {
      reader.clear();
      warn(reader.name, 'figures could not be read', { reader: reader.name, error });
    });
    if (await isWithin(reading, READ_WITHIN_MS)) return;
    reader.clear();
    warn(reader.name, 'figures did not come in time', { reader: reader.name });
  }

  return {
    counter: (definition) => new Counter(configurationOf('counter', definition)),
    gauge: (definition) => new Gauge(configurationOf('gauge', definition)),
    histogram: (definition) =>
      new Histogram({ ...configurationOf('histogram', definition), buckets: [...definition.buckets] }),
    onScrape: (reader) => void readers.push(reader),
    async render() {
      await Promise.all(readers.map(read));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    describe: () =>
      registry
        .getMetricsAsArray()
        .map(({ name }) => ({ name, ...(own.get(name) ?? { kind: 'process' as const, labels: [] }) })),
  };
}
