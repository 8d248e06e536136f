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
  memory: number | undefined;
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
  const utilizationOf = (name: string) =>
    metrics.find(({ resource }) => resource?.name === name)?.resource?.target.averageUtilization;
  return {
    manifest,
    target: spec?.scaleTargetRef.kind === 'Deployment' ? spec.scaleTargetRef.name : undefined,
    min: spec?.minReplicas ?? 1,
    max: spec?.maxReplicas ?? 0,
    cpu: utilizationOf('cpu'),
    memory: utilizationOf('memory'),
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
  const utilizationOf = (name: string) => {
    const trigger = triggers.find(({ type, metricType }) => type === name && metricType === 'Utilization');
    return trigger && Number(trigger.metadata['value']);
  };
  return {
    manifest,
    target: (scaleTargetRef.kind ?? 'Deployment') === 'Deployment' ? scaleTargetRef.name : undefined,
    // KEDA's own defaults.
    min: minReplicaCount ?? 0,
    max: maxReplicaCount ?? 100,
    cpu: utilizationOf('cpu'),
    memory: utilizationOf('memory'),
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
 * How often a roll-out takes away as many pods as it adds at once, while the first of them still drain: they are gone when
 * their grace is over, and the next are added when those before have been ready for so long. Without end where that is 0.
 */
export function drainingWaves({
  graceSeconds,
  minReadySeconds,
}: {
  graceSeconds: number;
  minReadySeconds: number;
}): number {
  return Math.ceil(graceSeconds / minReadySeconds);
}

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
  const waves = drainingWaves({
    graceSeconds: spec?.template?.spec?.terminationGracePeriodSeconds ?? GRACE_SECONDS,
    minReadySeconds: spec?.minReadySeconds ?? 0,
  });
  // What adds none has none beside it: zero times without end would be no number, and no check would fail by it.
  return surge === 0 ? replicas : replicas + surge + Math.min(replicas, surge * waves);
}
