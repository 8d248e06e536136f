import { expect, it } from 'vitest';
import { metricsOf } from './exposed-metrics.ts';
import { readsOf } from './promql/selectors.ts';
import { rules } from './watched.ts';

const COUNTED = /\bincrease\(/;

it('alerts see the first event that a process counts: its series is there at 0 before, or counts as a whole', async () => {
  const { text } = await metricsOf('worker').render();
  const isThere = (metric: string) => text.includes(`\n${metric}{`);
  const counted = rules().flatMap(({ alert, expr }) =>
    alert !== undefined && COUNTED.test(expr) && !expr.includes('unless present_over_time(') ? [{ alert, expr }] : [],
  );
  expect(counted.length).toBeGreaterThan(3);
  const unseen = counted.flatMap(({ alert, expr }) =>
    readsOf(expr).selectors.flatMap(({ metric }) => (isThere(metric) ? [] : [`${alert}: ${metric}`])),
  );
  expect(unseen).toEqual([]);
  const has = (...parts: string[]) => text.split('\n').some((line) => parts.every((part) => line.includes(part)));
  expect(has('flotilla_missions_parked_total', 'pool="default"', 'code="awaiting_budget"')).toBe(true);
  expect(has('flotilla_missions_ended_total', 'pool="default"', 'code="budget_exhausted"')).toBe(true);
});
