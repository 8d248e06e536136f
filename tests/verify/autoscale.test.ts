import { describe, expect, it } from 'vitest';
import { readAutoscaler } from '../autoscale/read-autoscaler.ts';
import { judgeLoads, type Sights } from '../autoscale/verdict.ts';
import type { Worked } from '../autoscale/workers.ts';

const WORKED: Worked = {
  decidedAt: 0,
  readyAfterMs: 2_000,
  firstMissionAfterMs: 3_000,
  claimed: 50,
  readyBytes: 1,
  mostBytes: 1,
  callsLost: 0,
  leftAfterMs: 1_000,
  graceExceeded: false,
};
const LOAD = { missions: 100, completed: 100, handedOver: 0, died: 0, wrongSteps: 0, seconds: 50 };
const SIGHTS: Sights = {
  workers: [WORKED, WORKED, WORKED],
  burst: { count: 100, calls: 1, maxReplicas: 3, mostReplicas: 3, mostDesired: 10 },
  single: { count: 100, mostReplicas: 1, desired: [1, 1, null, 1] },
  idealSeconds: 20,
  rampSeconds: 40,
  oldestSeconds: 30,
  backToMinimum: true,
};

/** What is said against a run that was like the good one but for that. */
function against(change: { sights?: Partial<Sights>; seconds?: number }): string[] {
  const large = { ...LOAD, seconds: change.seconds ?? LOAD.seconds };
  const { lines, isWell } = judgeLoads({ large, small: LOAD }, { ...SIGHTS, ...change.sights });
  const wrong = lines.filter((line) => line.startsWith('NOT'));
  expect(isWell).toBe(wrong.length === 0);
  return wrong;
}

describe('what the autoscaling test is judged by', () => {
  it('takes a fleet that followed its backlog', () => {
    expect(against({})).toEqual([]);
  });

  it('does not take one that stayed as it was, however well that did', () => {
    const burst = { ...SIGHTS.burst, mostReplicas: 1, mostDesired: 0 };
    expect(against({ sights: { burst, workers: [WORKED] } })).toHaveLength(2);
    expect(against({ sights: { burst: { ...SIGHTS.burst, mostReplicas: 2 } } })).toHaveLength(1);
  });

  it('does not take one that was slow to drain, or has nothing drained', () => {
    expect(against({ seconds: 81 })).toHaveLength(1);
    expect(against({ seconds: 0 })).toHaveLength(1);
  });

  it('does not take a metric that is not there, or says of the limited account what is not so', () => {
    for (const desired of [[null, null, null], [], [1, null, null, null], [0, 0], [1, 2]]) {
      expect(against({ sights: { single: { ...SIGHTS.single, desired } } })).toHaveLength(1);
    }
  });
});

it('is played by the rules of production’s manifest', () => {
  const { scaleUp, scaleDown, target } = readAutoscaler();
  expect(target).toBe(1);
  expect(scaleUp.policies).toContainEqual({ type: 'Pods', value: 10, periodSeconds: 15 });
  expect(scaleDown.policies).toEqual([{ type: 'Percent', value: 10, periodSeconds: 60 }]);
});
