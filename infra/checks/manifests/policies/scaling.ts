import { type Base, findingsIn, type Policy, type Workload, workloadsOf } from '../base.ts';
import { environmentOf, variablesOf } from '../environment.ts';
import type { Problem } from '../finding.ts';
import { type Scaler, scalersOf } from '../scalers.ts';
import { readQuantity } from './quantity.ts';

/** What the sweep counts and every API instance exposes (docs/metrics.md): the one number to scale a pool by. */
const DESIRED = 'flotilla_pool_desired_workers';
const POOLS = 'WORKER_POOLS';

/** Kubernetes' default; a burst that comes back within it finds its workers still there. */
const WINDOW_SECONDS_MIN = 300;
/** Of the pods, in one step. */
const STEP_PERCENT_MAX = 50;

/** A policy about each scaler, and the Deployment it scales. */
function forScalers(judge: (scaler: Scaler, deployment: Workload | undefined, base: Base) => Problem[]): Policy {
  return (base) => {
    const workloads = workloadsOf(base);
    return scalersOf(base).flatMap((scaler) => {
      const deployment = workloads.find(({ isDeployment, name }) => isDeployment && name === scaler.target);
      return findingsIn(scaler.manifest, judge(scaler, deployment, base));
    });
  };
}

export const scalersHaveATarget: Policy = forScalers(({ target, manifest }, deployment, base) => {
  if (!deployment) return [{ path: ['spec', 'scaleTargetRef'], says: 'names no Deployment that is there' }];
  const others = scalersOf(base).filter((other) => other.target === target && other.manifest !== manifest);
  return others.length === 0 ? [] : [{ path: ['spec', 'scaleTargetRef'], says: `${target} has another scaler` }];
});

/** A number beside a scaler's is set at every apply, and takes away what the scaler has just added. */
export const replicasAreTheScalers: Policy = (base) =>
  base.manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind !== 'Deployment' || object.spec?.replicas === undefined) return [];
    const isScaled = scalersOf(base).some(({ target }) => target === object.metadata?.name);
    return isScaled
      ? findingsIn(manifest, [{ path: ['spec', 'replicas'], says: 'must not be there: a scaler says it' }])
      : [];
  });

/** From none a pool could only be woken by a metric; and a bound below the least is no room to scale. */
export const scalersHaveRoom: Policy = forScalers(({ min, max }) =>
  min >= 1 && max > min ? [] : [{ path: ['spec'], says: `must be from 1 or more pods to more; is ${min} to ${max}` }],
);

/** Whatever else is counted: pods that have no processor left are too few. */
export const scalersLookAtTheProcessor: Policy = forScalers(({ cpu }) =>
  cpu !== undefined && cpu >= 50 && cpu <= 80
    ? []
    : [{ path: ['spec'], says: `must look at the CPU, from 50 to 80 %; it looks at ${cpu ?? 'none'}` }],
);

/**
 * What a process holds does not fall when there are more of them: below what one holds at its busiest, a scaler that looks
 * at memory adds pods up to its bound, and keeps them. Measured: 240 MB idle, 340 MB with 250 missions posted and 17 pages
 * of a hundred listed a second, where V8 takes half of 512 MiB for its heap as it does by the pod's limit.
 */
const HELD_BYTES = 340e6;

export const scalersLeaveMemoryToTheBusy: Policy = forScalers(({ memory }, deployment) =>
  (deployment?.containers ?? []).flatMap(({ container }) => {
    if (memory === undefined) return [];
    const threshold = (memory / 100) * readQuantity(container.resources?.requests?.['memory'] ?? 0);
    if (threshold >= HELD_BYTES) return [];
    const says = `looks at ${memory} % of the memory requested, ${Math.round(threshold / 1e6)} MB; a process holds ${HELD_BYTES / 1e6}`;
    return [{ path: ['spec'], says }];
  }),
);

export const demandsAreExported: Policy = forScalers(({ demands }, _, { facts }) =>
  demands.flatMap(({ path, metric }) =>
    facts.metrics.has(metric)
      ? []
      : [{ path, says: `${metric || 'the query'} is no metric that docs/metrics.md knows` }],
  ),
);

/** What Kubernetes' autoscaler reads, prometheus-adapter has to serve; KEDA asks Prometheus itself. */
export const demandsAreServed: Policy = forScalers(({ manifest, demands }, _, { facts }) =>
  manifest.object.kind === 'HorizontalPodAutoscaler'
    ? demands
        .filter(({ metric }) => facts.adapterSeries.get(metric) !== metric)
        .map(({ path, metric }) => ({ path, says: `k8s/prometheus-adapter.yaml does not serve ${metric}` }))
    : [],
);

/**
 * Plain queue depth would buy a hundred workers for one account with a limit of one; this number does not. An average of
 * one a pod makes it the number of pods.
 */
export const poolsScaleByDemand: Policy = forScalers(({ demands }, deployment, base) =>
  poolsOf(deployment, base).flatMap((pool) => {
    const demand = demands.find((one) => one.metric === DESIRED && one.pool === pool);
    if (!demand) return [{ path: ['spec'], says: `must read ${DESIRED} of the pool ${pool}` }];
    return demand.averageValue === '1' ? [] : [{ path: demand.path, says: 'must ask for an average of 1 a pod' }];
  }),
);

/** A scaler for one pool and none for another is one that was forgotten. */
export const everyPoolHasAScaler: Policy = (base) => {
  const scalers = scalersOf(base);
  if (scalers.length === 0) return [];
  return workloadsOf(base)
    .filter(({ isDeployment, name }) => isDeployment && !scalers.some(({ target }) => target === name))
    .flatMap(({ manifest }) => findingsIn(manifest, [{ path: [], says: 'has no scaler, and others have one' }]));
};

export const scaleDownIsPatient: Policy = forScalers(({ scaleDown: { path, windowSeconds, policies } }) => {
  const isSlow = policies.every(({ type, value }) => type === 'Percent' && value <= STEP_PERCENT_MAX);
  return [
    ...(windowSeconds >= WINDOW_SECONDS_MIN
      ? []
      : [{ path: [...path, 'stabilizationWindowSeconds'], says: `must be ${WINDOW_SECONDS_MIN} or more` }]),
    ...(isSlow ? [] : [{ path: [...path, 'policies'], says: `must take away ${STEP_PERCENT_MAX} % at once at most` }]),
  ];
});

/** The pools that a Deployment's workers serve; none for what is no worker. */
function poolsOf(deployment: Workload | undefined, base: Base): string[] {
  const pools = (deployment?.containers ?? []).flatMap(({ path, container }) => {
    const env = environmentOf(variablesOf(container, path, base), { optionalSecrets: true });
    const app = base.facts.apps.find(({ main }) => container.command?.[1] === main);
    return app?.keys.has(POOLS) ? (env[POOLS] ?? 'default').split(',') : [];
  });
  return [...new Set(pools.map((pool) => pool.trim()))];
}
