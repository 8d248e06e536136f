import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiMetrics } from '@flotilla/api/metrics';
import { watchPools } from '@flotilla/api/pool-metrics';
import { createBellCounter, createLogger, createMetrics, createStoreMetrics, type Metrics } from '@flotilla/platform';
import { createWorkerMetrics } from '@flotilla/worker/metrics';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const NO_BELLS = { waiting: 0, active: 0, delayed: 0, failed: 0 };

/** Every metric an app has, as its `main.ts` makes them. */
export function metricsOf(service: 'api' | 'worker'): Metrics {
  const metrics = createMetrics({ service, logger });
  createStoreMetrics(metrics);
  createBellCounter(metrics);
  if (service === 'worker') {
    createWorkerMetrics(metrics, ['default']);
  } else {
    createApiMetrics(metrics);
    watchPools(metrics, { pools: { backlogs: async () => [] }, queue: { counts: async () => NO_BELLS } });
  }
  return metrics;
}

export type Row = { name: string; kind: string; labels: string[]; apps: string };

/** What the apps expose, Node's own figures apart. */
export function inCode(): Row[] {
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

/** The rows of docs/metrics.md: `| name | kind | labels | of | meaning |` */
export function documented(): Row[] {
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
