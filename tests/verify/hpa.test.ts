import { describe, expect, it } from 'vitest';
import { createHpa, HPA_DEFAULTS, type HpaSpec } from '../autoscale/hpa.ts';

const SPEC: HpaSpec = { minReplicas: 1, maxReplicas: 20, target: 1, ...HPA_DEFAULTS };
const NO_POLICY = [{ type: 'Percent', value: 1_000, periodSeconds: 15 }] as const;

/** What it decides at each turn of 15 s, when pods are there at once. */
function play(spec: HpaSpec, metrics: readonly (number | null)[], start = 1): number[] {
  const hpa = createHpa(spec);
  let current = start;
  return metrics.map((metric, turn) => {
    current = hpa.decide({ atSeconds: turn * 15, current, metric });
    return current;
  });
}

describe('the controller that the autoscaling test runs', () => {
  it('wants as many pods as have their share of the metric, between its bounds', () => {
    const spec = { ...SPEC, target: 2, scaleUp: { stabilizationWindowSeconds: 0, policies: NO_POLICY } };
    expect(play(spec, [7])).toEqual([4]);
    expect(play(spec, [1_000], 10)).toEqual([20]);
    expect(play(spec, [0])).toEqual([1]);
  });

  it('leaves what is within the tolerance', () => {
    expect(play(SPEC, [10.5], 10)).toEqual([10]);
    expect(play(SPEC, [12], 10)).toEqual([12]);
  });

  it('changes nothing while the metric cannot be had', () => {
    expect(play(SPEC, [null, null], 7)).toEqual([7, 7]);
  });

  it('doubles, or adds four, in 15 s', () => {
    expect(play(SPEC, [20, 20, 20])).toEqual([5, 10, 20]);
  });

  it('goes down by the highest it wanted in five minutes, and then all at once', () => {
    const down = play(SPEC, [10, ...Array<number>(25).fill(0)], 10);
    expect(down.slice(0, 20)).toEqual(Array<number>(20).fill(10));
    expect(down[20]).toBe(1);
  });

  it('goes down no faster than its policy allows', () => {
    const scaleDown = {
      stabilizationWindowSeconds: 0,
      policies: [{ type: 'Pods', value: 2, periodSeconds: 60 } as const],
    };
    expect(play({ ...SPEC, scaleDown }, [2, 2, 2, 2, 2, 2], 8)).toEqual([6, 6, 6, 6, 4, 4]);
  });

  it('counts pods that a period has already added against its policy', () => {
    const scaleUp = {
      stabilizationWindowSeconds: 0,
      policies: [{ type: 'Pods', value: 3, periodSeconds: 30 } as const],
    };
    expect(play({ ...SPEC, scaleUp }, [20, 20, 20])).toEqual([4, 4, 7]);
  });

  it('goes up only by what it has wanted for the whole of its window', () => {
    const scaleUp = { stabilizationWindowSeconds: 40, policies: NO_POLICY };
    expect(play({ ...SPEC, scaleUp }, [1, 5, 5, 5])).toEqual([1, 1, 1, 5]);
  });
});
