import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readsOf } from './promql/selectors.ts';
import { type Labels, type Relabel, relabel } from './relabel.ts';
import { watched } from './watched.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

type Scrape = {
  job_name: string;
  relabel_configs?: Relabel[];
  kubernetes_sd_configs?: { namespaces: { names: string[] }; selectors: { label: string }[] }[];
};
type Config = { global: object; rule_files: string[]; scrape_configs: Scrape[] };

const compose: Config = parse(read('infra/prometheus/prometheus.yml'));
const cluster: Config = parse(read('infra/prometheus/kubernetes.yml'));
const jobs = compose.scrape_configs.map(({ job_name: name }) => name);

type Workload = {
  kind: string;
  metadata: { name: string };
  spec: {
    template: {
      metadata: { labels: Labels };
      spec: { containers: { ports?: { name: string; containerPort: number }[] }[] };
    };
  };
};

/** What makes pods in some overlay; a patch of one names no labels of its pods. */
const workloads = globSync('k8s/{base,scaled}/**/{deployment,job}.yaml', { cwd: ROOT }).map(
  (path): Workload => parse(read(path)),
);

/** As Prometheus finds a pod: once for each port, once where there is none. */
function targetsOf({ metadata: { name }, spec: { template } }: Workload): Labels[] {
  const labels = Object.entries(template.metadata.labels).map(([label, value]): [string, string] => [
    `__meta_kubernetes_pod_label_${label.replace(/[^a-zA-Z0-9_]/g, '_')}`,
    value,
  ]);
  const pod = { ...Object.fromEntries(labels), job: 'flotilla', __meta_kubernetes_pod_phase: 'Running' };
  const ports = template.spec.containers.flatMap((container) => container.ports ?? []);
  return (ports.length === 0 ? [{ name: '', containerPort: 80 }] : ports).map((port) => ({
    ...pod,
    __address__: `10.0.0.1:${port.containerPort}`,
    __meta_kubernetes_pod_name: `${name}-1`,
    __meta_kubernetes_pod_container_port_name: port.name,
  }));
}

it('in a cluster each pod of api and worker is scraped once, at its operators’ port, under the job that the compose file gives it', () => {
  const scraped = workloads.map((workload) => ({
    name: workload.metadata.name,
    targets: targetsOf(workload).flatMap((target) => {
      const made = relabel(target, cluster.scrape_configs[0]?.relabel_configs ?? []);
      return made ? [`${made['job']} at ${made['__address__']}, ${made['instance']}`] : [];
    }),
  }));
  expect(scraped.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: 'api', targets: ['flotilla-api at 10.0.0.1:9464, api-1'] },
    { name: 'migrate', targets: [] },
    { name: 'worker', targets: ['flotilla-worker at 10.0.0.1:9464, worker-1'] },
    { name: 'worker-bulk', targets: ['flotilla-worker at 10.0.0.1:9464, worker-bulk-1'] },
  ]);
  expect(jobs.toSorted()).toEqual(['flotilla-api', 'flotilla-worker']);
});

it('pods are looked for where the base puts them, as often as in the compose file, and under the same rules', () => {
  const { namespace }: { namespace: string } = parse(read('k8s/base/kustomization.yaml'));
  const [found] = cluster.scrape_configs[0]?.kubernetes_sd_configs ?? [];
  expect(found?.namespaces.names).toEqual([namespace]);
  for (const { spec } of workloads) {
    const labels = Object.entries(spec.template.metadata.labels).map(([name, value]) => `${name}=${value}`);
    for (const { label } of found?.selectors ?? []) expect(labels).toContain(label);
  }
  expect({ ...cluster, scrape_configs: [] }).toEqual({ ...compose, scrape_configs: [] });
});

it('no rule and no panel goes by a job that nothing gives', () => {
  const asked = watched().flatMap(({ where, expression }) =>
    readsOf(expression).selectors.flatMap(({ matchers }) =>
      matchers.flatMap(({ label, value }) => (label === 'job' ? [{ where, value }] : [])),
    ),
  );
  expect(asked.length).toBeGreaterThan(3);
  const isGiven = (value: string) => jobs.some((job) => new RegExp(`^(?:${value})$`).test(job));
  expect(asked.filter(({ value }) => !isGiven(value))).toEqual([]);
});
