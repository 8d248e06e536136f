import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiMetrics } from '@flotilla/api/metrics';
import { watchPools } from '@flotilla/api/pool-metrics';
import { createLogger, createMetrics, createStoreMetrics, type Metrics } from '@flotilla/platform';
import { createWorkerMetrics } from '@flotilla/worker/metrics';
import { describe, expect, it } from 'vitest';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });

/** Every metric an app has, as its `main.ts` makes them. */
function metricsOf(service: 'api' | 'worker'): Metrics {
  const metrics = createMetrics({ service, logger });
  createStoreMetrics(metrics);
  if (service === 'worker') {
    createWorkerMetrics(metrics);
  } else {
    createApiMetrics(metrics);
    watchPools(metrics, { pools: { backlogs: async () => [] }, queue: { depth: async () => 0 } });
  }
  return metrics;
}

type Row = { name: string; kind: string; labels: string[]; apps: string };

/** `| name | kind | labels | of | meaning |` */
function documented(): Row[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, name = '', kind = '', labels = '', apps = ''] = line.split('|').map((cell) => cell.trim());
      return {
        name: name.replaceAll('`', ''),
        kind,
        labels: [...labels.matchAll(/`(\w+)`/g)].map((m) => m[1] ?? ''),
        apps,
      };
    });
}

function inCode(): Row[] {
  const rows = new Map<string, Row>();
  for (const service of ['api', 'worker'] as const) {
    for (const { name, kind, labels } of metricsOf(service).describe()) {
      if (kind === 'process') continue;
      const apps = rows.has(name) ? `${rows.get(name)?.apps}, ${service}` : service;
      rows.set(name, { name, kind, labels: [...labels], apps });
    }
  }
  return [...rows.values()];
}

const byName = (a: Row, b: Row) => (a.name < b.name ? -1 : 1);

describe('docs/metrics.md', () => {
  it('lists every metric that an app exposes, with its kind, its labels and its apps, and no other', () => {
    expect(documented().toSorted(byName)).toEqual(inCode().toSorted(byName));
  });

  it("names Node's own figures, as they are exposed", () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const named = [...page.matchAll(/`((?:process|nodejs)_\w+)`/g)].map((match) => match[1] ?? '');
    const exposed = new Set(
      metricsOf('api')
        .describe()
        .map(({ name }) => name),
    );
    expect(named.filter((name) => !exposed.has(name))).toEqual([]);
    expect(named).toContain('nodejs_eventloop_lag_p99_seconds');
  });
});

describe('a metric', () => {
  it.each(inCode())('$name is named as Prometheus wants it', ({ name, kind }) => {
    expect(name).toMatch(/^flotilla_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    // Base units: never milliseconds, megabytes or millionths of a dollar.
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb|micro_?usd)(_|$)/);
    expect(kind !== 'histogram' || /_(seconds|rows)$/.test(name)).toBe(true);
  });
});
