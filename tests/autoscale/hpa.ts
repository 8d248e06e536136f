/** At most so much in any `periodSeconds`: of pods, or of the pods there were at its beginning, in percent. */
export type Policy = { type: 'Pods' | 'Percent'; value: number; periodSeconds: number };
/** `policies`: the one that allows the most counts. */
export type Behavior = { stabilizationWindowSeconds: number; policies: readonly Policy[] };

export type HpaSpec = {
  minReplicas: number;
  maxReplicas: number;
  /** `averageValue` of the external metric: what of it one pod is to have. */
  target: number;
  tolerance: number;
  scaleUp: Behavior;
  scaleDown: Behavior;
};

/** What autoscaling/v2 does where a manifest says nothing. */
export const HPA_DEFAULTS = {
  tolerance: 0.1,
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 15 },
      { type: 'Pods', value: 4, periodSeconds: 15 },
    ],
  },
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
} as const satisfies Pick<HpaSpec, 'tolerance' | 'scaleUp' | 'scaleDown'>;

/** `metric`: the external metric; `null`: it could not be had, and nothing is changed. Times in seconds. */
export type Sight = { atSeconds: number; current: number; metric: number | null };
export type Hpa = { decide(sight: Sight): number };

/**
 * The algorithm that Kubernetes documents for a HorizontalPodAutoscaler with one external metric of `averageValue`
 * (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details): ⌈current × (metric /
 * current) / target⌉ outside of the tolerance, held back by the recommendations of the stabilization window, and by what
 * the policies allow in their periods.
 */
export function createHpa(spec: HpaSpec): Hpa {
  const { minReplicas, maxReplicas, target, tolerance, scaleUp, scaleDown } = spec;
  let recommendations: { atSeconds: number; replicas: number }[] = [];
  let changes: { atSeconds: number; by: number }[] = [];

  function recommend({ current, metric }: Sight): number {
    if (metric === null) return current;
    const ratio = metric / (target * Math.max(current, 1));
    return Math.abs(ratio - 1) <= tolerance && current > 0 ? current : Math.ceil(metric / target);
  }

  /** Up to the lowest of the recommendations in its window, down to the highest in its own. */
  function stabilize({ atSeconds, current }: Sight, replicas: number): number {
    recommendations.push({ atSeconds, replicas });
    const longest = Math.max(scaleUp.stabilizationWindowSeconds, scaleDown.stabilizationWindowSeconds);
    recommendations = recommendations.filter(
      (one) => one.atSeconds > atSeconds - longest || one.atSeconds === atSeconds,
    );
    const within = ({ stabilizationWindowSeconds: seconds }: Behavior) =>
      recommendations
        .filter((one) => one.atSeconds === atSeconds || one.atSeconds > atSeconds - seconds)
        .map((one) => one.replicas);
    const up = Math.min(...within(scaleUp));
    const down = Math.max(...within(scaleDown));
    if (current < up) return up;
    return current > down ? down : current;
  }

  /** How many pods a policy leaves to the direction that `sign` says. */
  function allowed({ atSeconds, current }: Sight, policy: Policy, sign: 1 | -1): number {
    const changed = changes
      .filter((change) => change.atSeconds > atSeconds - policy.periodSeconds && Math.sign(change.by) === sign)
      .reduce((sum, change) => sum + change.by, 0);
    const before = current - changed;
    if (policy.type === 'Pods') return before + sign * policy.value;
    const factor = 1 + (sign * policy.value) / 100;
    return sign > 0 ? Math.ceil(before * factor) : Math.floor(before * factor);
  }

  function limit(sight: Sight, wanted: number): number {
    const { current } = sight;
    const bounded = Math.min(maxReplicas, Math.max(minReplicas, wanted));
    if (bounded > current) {
      return Math.min(bounded, Math.max(current, ...scaleUp.policies.map((policy) => allowed(sight, policy, 1))));
    }
    if (bounded < current) {
      return Math.max(bounded, Math.min(current, ...scaleDown.policies.map((policy) => allowed(sight, policy, -1))));
    }
    return current;
  }

  return {
    decide(sight) {
      const replicas = limit(sight, stabilize(sight, recommend(sight)));
      if (replicas !== sight.current) changes.push({ atSeconds: sight.atSeconds, by: replicas - sight.current });
      const oldest = Math.max(
        ...[...scaleUp.policies, ...scaleDown.policies].map(({ periodSeconds }) => periodSeconds),
      );
      changes = changes.filter((change) => change.atSeconds > sight.atSeconds - oldest);
      return replicas;
    },
  };
}
