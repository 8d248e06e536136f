import type { IScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { Base, Manifest } from './base.ts';
import type { Path } from './unread-fields.ts';

/** What one scaler asks of our own metrics. */
export type Demand = {
  path: Path;
  metric: string;
  /** The pool whose series it reads; undefined for one that reads all of them. */
  pool: string | undefined;
  /** Of the metric, for each pod. */
  averageValue: string;
};

/** Whatever says how many pods a Deployment has: Kubernetes' own autoscaler, or KEDA's object that makes one. */
export type Scaler = {
  manifest: Manifest;
  /** The Deployment's name; undefined for anything else. */
  target: string | undefined;
  min: number;
  max: number;
  /** In percent of what the pod requests; undefined where it is not looked at. */
  cpu: number | undefined;
  demands: Demand[];
  scaleDown: { path: Path; windowSeconds: number; policies: { type: string; value: number }[] };
};

type Behavior = NonNullable<IHorizontalPodAutoscaler['spec']>['behavior'];

export function scalersOf({ manifests }: Pick<Base, 'manifests'>): Scaler[] {
  return manifests.flatMap((manifest) => {
    const { object } = manifest;
    if (object.kind === 'HorizontalPodAutoscaler') return [readAutoscaler(manifest, object)];
    return object.kind === 'ScaledObject' ? [readScaledObject(manifest, object)] : [];
  });
}

function readAutoscaler(manifest: Manifest, { spec }: IHorizontalPodAutoscaler): Scaler {
  const metrics = spec?.metrics ?? [];
  const cpu = metrics.find(({ resource }) => resource?.name === 'cpu')?.resource?.target;
  return {
    manifest,
    target: spec?.scaleTargetRef.kind === 'Deployment' ? spec.scaleTargetRef.name : undefined,
    min: spec?.minReplicas ?? 1,
    max: spec?.maxReplicas ?? 0,
    cpu: cpu?.averageUtilization,
    demands: metrics.flatMap(({ external }, index) =>
      external
        ? {
            path: ['spec', 'metrics', index, 'external'],
            metric: external.metric.name,
            pool: external.metric.selector?.matchLabels?.['pool'],
            averageValue: String(external.target.averageValue ?? ''),
          }
        : [],
    ),
    scaleDown: readScaleDown(spec?.behavior, ['spec', 'behavior', 'scaleDown']),
  };
}

/** The only form of a query that is read here: the metric of one pool, the same from whichever instance tells it. */
const QUERY = /^max\((\w+)\{pool="([^"]+)"\}\)$/;

function readScaledObject(manifest: Manifest, { spec }: IScaledObject): Scaler {
  const { scaleTargetRef, triggers, minReplicaCount, maxReplicaCount, advanced } = spec;
  const cpu = triggers.find(({ type, metricType }) => type === 'cpu' && metricType === 'Utilization');
  return {
    manifest,
    target: (scaleTargetRef.kind ?? 'Deployment') === 'Deployment' ? scaleTargetRef.name : undefined,
    // KEDA's own defaults.
    min: minReplicaCount ?? 0,
    max: maxReplicaCount ?? 100,
    cpu: cpu ? Number(cpu.metadata['value']) : undefined,
    demands: triggers.flatMap(({ type, metadata, metricType = 'AverageValue' }, index) => {
      if (type !== 'prometheus') return [];
      const [, metric = '', pool] = QUERY.exec(metadata['query'] ?? '') ?? [];
      const averageValue = metricType === 'AverageValue' ? (metadata['threshold'] ?? '') : '';
      return { path: ['spec', 'triggers', index], metric, pool, averageValue };
    }),
    scaleDown: readScaleDown(advanced?.horizontalPodAutoscalerConfig?.behavior, [
      'spec',
      'advanced',
      'horizontalPodAutoscalerConfig',
      'behavior',
      'scaleDown',
    ]),
  };
}

function readScaleDown(behavior: Behavior, path: Path): Scaler['scaleDown'] {
  const scaleDown = behavior?.scaleDown;
  // Without a policy Kubernetes takes away all pods at once.
  const policies = scaleDown?.policies ?? [{ type: 'Percent', value: 100 }];
  return { path, windowSeconds: scaleDown?.stabilizationWindowSeconds ?? 300, policies };
}

/** Kubernetes' own. */
const GRACE_SECONDS = 30;

/**
 * Pods at once, as many as there may be, what a roll-out adds to them, and what it has taken away that is not gone yet:
 * a Deployment counts no pod that terminates, and begins the next ones beside it.
 */
export function podsAtMost({ object }: Manifest, scalers: readonly Scaler[]): number {
  if (object.kind === 'Job') return object.spec?.parallelism ?? 1;
  if (object.kind !== 'Deployment') return 0;
  const { spec } = object;
  const scaled = scalers.filter(({ target }) => target === object.metadata?.name).map(({ max }) => max);
  const replicas = Math.max(spec?.replicas ?? 1, ...scaled);
  // The API's own default. A share of pods is rounded up.
  const maxSurge = spec?.strategy?.rollingUpdate?.maxSurge ?? '25%';
  const surge = typeof maxSurge === 'number' ? maxSurge : Math.ceil((replicas * Number.parseFloat(maxSurge)) / 100);
  const graceSeconds = spec?.template?.spec?.terminationGracePeriodSeconds ?? GRACE_SECONDS;
  // As many as it adds are taken away when these have been ready for so long, and then it adds the next.
  const waves = Math.ceil(graceSeconds / (spec?.minReadySeconds ?? 0));
  return replicas + surge + Math.min(replicas, surge * waves);
}
