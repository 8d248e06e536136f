/** One change that makes a built overlay wrong, and what has to be said of it. */
export type BuiltMistake = {
  what: string;
  overlay: 'dev' | 'production' | 'production-keda' | 'postgres-only';
  /** `Kind/name`. */
  object: string;
  /** Where in it; there must be something, unless `isNew`. */
  at: (string | number)[];
  isNew?: true;
  /** Undefined takes it away. */
  to: unknown;
  says: string;
};

const AUTOSCALER = 'HorizontalPodAutoscaler/worker';
const SCALED = 'ScaledObject/worker';
const EXTERNAL = ['spec', 'metrics', 1, 'external'];
const DOWN = ['spec', 'behavior', 'scaleDown'];
const KEDA_DOWN = ['spec', 'advanced', 'horizontalPodAutoscalerConfig', 'behavior', 'scaleDown'];

const HPA_MISTAKES: Omit<BuiltMistake, 'overlay'>[] = [
  {
    what: 'a scaler of nothing',
    object: AUTOSCALER,
    at: ['spec', 'scaleTargetRef', 'name'],
    to: 'workers',
    says: 'HorizontalPodAutoscaler/worker: spec.scaleTargetRef: names no Deployment that is there',
  },
  {
    what: 'two scalers that pull at one Deployment',
    object: AUTOSCALER,
    at: ['spec', 'scaleTargetRef', 'name'],
    to: 'api',
    says: 'HorizontalPodAutoscaler/worker: spec.scaleTargetRef: api has another scaler',
  },
  {
    what: 'a number of pods beside a scaler',
    object: 'Deployment/worker',
    at: ['spec', 'replicas'],
    isNew: true,
    to: 10,
    says: 'Deployment/worker: spec.replicas: must not be there',
  },
  {
    what: 'a scaler without room',
    object: AUTOSCALER,
    at: ['spec', 'maxReplicas'],
    to: 10,
    says: 'HorizontalPodAutoscaler/worker: spec: must be from 1 or more pods to more; is 10 to 10',
  },
  {
    what: 'a scaler that does not look at the CPU',
    object: AUTOSCALER,
    at: ['spec', 'metrics', 0, 'resource', 'name'],
    to: 'memory',
    says: 'HorizontalPodAutoscaler/worker: spec: must look at the CPU, from 50 to 80 %; it looks at none',
  },
  {
    what: 'a scaler that adds pods for memory that a busy one holds anyway',
    object: 'Deployment/api',
    at: ['spec', 'template', 'spec', 'containers', 0, 'resources', 'requests', 'memory'],
    to: '256Mi',
    says: 'HorizontalPodAutoscaler/api: spec: looks at 80 % of the memory requested, 215 MB; a process holds 340',
  },
  {
    what: 'a metric that nothing exposes',
    object: AUTOSCALER,
    at: [...EXTERNAL, 'metric', 'name'],
    to: 'flotilla_queue_depth',
    says: 'spec.metrics[1].external: flotilla_queue_depth is no metric that docs/metrics.md knows',
  },
  {
    what: 'a metric that is exposed, and that no rule of the adapter serves',
    object: AUTOSCALER,
    at: [...EXTERNAL, 'metric', 'name'],
    to: 'flotilla_pool_due_missions',
    says: 'k8s/prometheus-adapter.yaml does not serve flotilla_pool_due_missions',
  },
  {
    what: 'scaling by depth instead of demand',
    object: AUTOSCALER,
    at: [...EXTERNAL, 'metric', 'name'],
    to: 'flotilla_pool_due_missions',
    says: 'must read flotilla_pool_desired_workers of the pool default',
  },
  {
    what: 'the demand of another pool',
    object: AUTOSCALER,
    at: [...EXTERNAL, 'metric', 'selector', 'matchLabels', 'pool'],
    to: 'bulk',
    says: 'HorizontalPodAutoscaler/worker: spec: must read flotilla_pool_desired_workers of the pool default',
  },
  {
    what: 'a demand that is divided once more',
    object: AUTOSCALER,
    at: [...EXTERNAL, 'target', 'averageValue'],
    to: '50',
    says: 'spec.metrics[1].external: must ask for an average of 1 a pod',
  },
  {
    what: 'a scaler that changes its mind at once',
    object: AUTOSCALER,
    at: [...DOWN, 'stabilizationWindowSeconds'],
    to: 30,
    says: 'spec.behavior.scaleDown.stabilizationWindowSeconds: must be 300 or more',
  },
  {
    what: 'a scaler that takes all away at once',
    object: AUTOSCALER,
    at: [...DOWN, 'policies'],
    to: undefined,
    says: 'spec.behavior.scaleDown.policies: must take away 50 % at once at most',
  },
  {
    what: 'more pods than there are connections for',
    object: AUTOSCALER,
    at: ['spec', 'maxReplicas'],
    to: 150,
    says: 'all pods together hold 1213 connections, these 784; at most 1000',
  },
  {
    what: 'workers that start while those of three waves before them still drain',
    object: 'Deployment/worker',
    at: ['spec', 'minReadySeconds'],
    to: 10,
    says: 'Deployment/worker: spec.replicas: all pods together hold 1129 connections, these 700; at most 1000',
  },
  {
    what: 'a roll-out that waits for none of the pods it has added',
    object: 'Deployment/api',
    at: ['spec', 'minReadySeconds'],
    to: undefined,
    says: 'Deployment/api: spec.replicas: all pods together hold 1231 connections, these 606; at most 1000',
  },
  {
    what: 'an object in another namespace',
    object: 'Service/api',
    at: ['metadata', 'namespace'],
    to: 'default',
    says: 'Service/api: metadata.namespace: must be flotilla',
  },
  {
    what: 'an image that nobody pinned',
    object: 'Deployment/worker-bulk',
    at: ['spec', 'template', 'spec', 'containers', 0, 'image'],
    to: 'flotilla',
    says: 'Deployment/worker-bulk: spec.template.spec.containers[0].image: flotilla has no tag',
  },
  {
    what: 'a field that the API does not have',
    object: AUTOSCALER,
    at: ['spec', 'minReplica'],
    isNew: true,
    to: 3,
    says: 'HorizontalPodAutoscaler/worker: spec.minReplica: the API has no such field',
  },
];

const KEDA_MISTAKES: Omit<BuiltMistake, 'overlay'>[] = [
  {
    what: 'a query for every pool at once',
    object: SCALED,
    at: ['spec', 'triggers', 0, 'metadata', 'query'],
    to: 'sum(flotilla_pool_desired_workers)',
    says: 'ScaledObject/worker: spec: must read flotilla_pool_desired_workers of the pool default',
  },
  {
    what: 'a query that nobody can answer',
    object: SCALED,
    at: ['spec', 'triggers', 0, 'metadata', 'query'],
    to: 'max(flotilla_desired{pool="default"})',
    says: 'spec.triggers[0]: flotilla_desired is no metric that docs/metrics.md knows',
  },
  {
    what: "a threshold that is the slots'",
    object: SCALED,
    at: ['spec', 'triggers', 0, 'metadata', 'threshold'],
    to: '50',
    says: 'spec.triggers[0]: must ask for an average of 1 a pod',
  },
  {
    what: 'a pool that may go to none',
    object: SCALED,
    at: ['spec', 'minReplicaCount'],
    to: 0,
    says: 'ScaledObject/worker: spec: must be from 1 or more pods to more; is 0 to 100',
  },
  {
    what: 'a ScaledObject that takes all away at once',
    object: SCALED,
    at: [...KEDA_DOWN, 'policies', 0, 'value'],
    to: 100,
    says: 'scaleDown.policies: must take away 50 % at once at most',
  },
  {
    what: 'a field that KEDA does not have',
    object: SCALED,
    at: ['spec', 'minReplicas'],
    isNew: true,
    to: 3,
    says: 'ScaledObject/worker: spec.minReplicas: the API has no such field',
  },
  {
    what: 'a text for a number in a ScaledObject',
    object: SCALED,
    at: ['spec', 'pollingInterval'],
    to: '15',
    says: 'ScaledObject/worker: spec.pollingInterval: must be of type integer',
  },
  {
    what: 'a scaler for one pool and none for the other',
    object: 'ScaledObject/worker-bulk',
    at: [],
    to: undefined,
    says: 'Deployment/worker-bulk: has no scaler, and others have one',
  },
];

export const BUILT_MISTAKES: BuiltMistake[] = [
  ...HPA_MISTAKES.map((mistake) => ({ ...mistake, overlay: 'production' as const })),
  ...KEDA_MISTAKES.map((mistake) => ({ ...mistake, overlay: 'production-keda' as const })),
  {
    what: 'a queue on Redis without a way to it',
    overlay: 'postgres-only',
    object: 'Deployment/worker',
    at: ['spec', 'template', 'spec', 'containers', 0, 'env', 0],
    to: {
      name: 'REDIS_URL',
      valueFrom: { secretKeyRef: { name: 'flotilla-secrets', key: 'REDIS_URL', optional: true } },
    },
    says: 'Deployment/worker: no NetworkPolicy lets it reach port 6379',
  },
  {
    what: 'more workers than there are connections for, with those of their queue on Postgres',
    overlay: 'postgres-only',
    object: 'Deployment/worker',
    at: ['spec', 'replicas'],
    to: 40,
    says: 'Deployment/worker: spec.replicas: all pods together hold 1044 connections, these 988; at most 1000',
  },
];
