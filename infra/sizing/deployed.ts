import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { readQuantity } from '../checks/manifests/policies/quantity.ts';
import { drainingWaves } from '../checks/manifests/scalers.ts';

/** How the overlays that scale deploy it, by their own files. */
export type Deployed = {
  worker: { slots: number; connections: number; surge: number };
  /** `cores`: what a pod uses when its autoscaler makes another. `surge`: pods beside the others while they are replaced. */
  api: { cores: number; connections: number; podsMin: number; podsMax: number; surge: number };
  poolerClients: number;
};

/** @param root a folder with `k8s` and `infra/pgbouncer` */
export function readDeployed(root: string): Deployed {
  function valueAt(file: string, kind: string, path: readonly (string | number)[]): string {
    const text = readFileSync(join(root, file), 'utf8');
    const documents = parseAllDocuments(text).map((document) => {
      const value: unknown = document.toJS();
      return value;
    });
    const object = documents.find((document) => Reflect.get(Object(document), 'kind') === kind);
    const value = path.reduce<unknown>((inner, part) => Reflect.get(Object(inner), part), object);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new Error(`${file} does not say ${kind} ${path.join('.')} any more`);
  }
  const container = ['spec', 'template', 'spec', 'containers', 0];
  const autoscaler = (...path: (string | number)[]) =>
    valueAt('k8s/scaled/api-autoscaler.yaml', 'HorizontalPodAutoscaler', ['spec', ...path]);
  const surgeOf = (file: string) => valueAt(file, 'Deployment', ['spec', 'strategy', 'rollingUpdate', 'maxSurge']);
  /** Those it adds at once, and as many of before for each wave of them that still drains. */
  function wavesOf(file: string): number {
    const secondsAt = (...path: string[]) => Number(valueAt(file, 'Deployment', ['spec', ...path]));
    const graceSeconds = secondsAt('template', 'spec', 'terminationGracePeriodSeconds');
    return 1 + drainingWaves({ graceSeconds, minReadySeconds: secondsAt('minReadySeconds') });
  }
  const requested = valueAt('k8s/base/api/deployment.yaml', 'Deployment', [
    ...container,
    'resources',
    'requests',
    'cpu',
  ]);
  // An autoscaler's utilization is of what a pod requests, not of what it is limited to.
  const utilization = Number(autoscaler('metrics', 0, 'resource', 'target', 'averageUtilization')) / 100;
  const pooler = readFileSync(join(root, 'infra/pgbouncer/pgbouncer.ini'), 'utf8');
  return {
    worker: {
      slots: Number(valueAt('k8s/base/worker/config.yaml', 'ConfigMap', ['data', 'WORKER_SLOTS'])),
      connections: Number(valueAt('k8s/scaled/worker.yaml', 'ConfigMap', ['data', 'DATABASE_POOL_SIZE'])),
      surge:
        (Number.parseFloat(surgeOf('k8s/base/worker/deployment.yaml')) / 100) *
        wavesOf('k8s/base/worker/deployment.yaml'),
    },
    api: {
      cores: readQuantity(requested) * utilization,
      connections: Number(valueAt('k8s/scaled/api.yaml', 'ConfigMap', ['data', 'DATABASE_POOL_SIZE'])),
      podsMin: Number(autoscaler('minReplicas')),
      podsMax: Number(autoscaler('maxReplicas')),
      surge: Number(surgeOf('k8s/base/api/deployment.yaml')) * wavesOf('k8s/base/api/deployment.yaml'),
    },
    poolerClients: Number(/^max_client_conn = (\d+)$/m.exec(pooler)?.[1]),
  };
}

/** Of Postgres or PgBouncer, with as many pods beside as a roll-out brings. */
export function connectionsOf({ worker, api }: Deployed, pods: { workers: number; apiPods: number }): number {
  return (
    Math.ceil(pods.workers * (1 + worker.surge)) * worker.connections + (pods.apiPods + api.surge) * api.connections
  );
}
