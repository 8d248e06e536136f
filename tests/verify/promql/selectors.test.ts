import { describe, expect, it } from 'vitest';
import { readsOf } from './selectors.ts';

const metricsIn = (expression: string) => readsOf(expression).selectors.map(({ metric }) => metric);

describe('what an expression reads', () => {
  it.each<[string, string[]]>([
    ['up', ['up']],
    ['sum(rate(a_total[5m])) / sum(rate(b_total{x!~"4.."}[5m])) > 0.5', ['a_total', 'b_total']],
    ['histogram_quantile(0.99, sum by (le, route) (rate(a_bucket[$__rate_interval])))', ['a_bucket']],
    ['sum(a) by (pool) and on(pool) group_left(slots) b offset 1h30m unless c == bool 1', ['a', 'b', 'c']],
    ['job:a:rate5m > 14.4 * 0.001 or vector(1)', ['job:a:rate5m']],
    ['max_over_time(a{b=\'c{d="e"}\'}[1h:5m]) @ end()', ['a']],
    ['by_hand + bytes # sum(d)', ['by_hand', 'bytes']],
  ])('%s', (expression, metrics) => {
    expect(metricsIn(expression)).toEqual(metrics);
  });

  it('tells labels from metrics', () => {
    expect(readsOf('sum by (pool, code) (rate(a_total{status="failed", code!=""}[5m]))')).toEqual({
      selectors: [
        {
          metric: 'a_total',
          matchers: [
            { label: 'status', value: 'failed' },
            { label: 'code', value: '' },
          ],
        },
      ],
      groupings: ['pool', 'code'],
    });
  });

  it.each(['a ; b', 'sum by (pool a', '{job="api"}'])(
    'is not guessed from what is no expression of ours: %s',
    (text) => {
      expect(() => readsOf(text)).toThrow(/PromQL|missing|name the metric/);
    },
  );
});
