import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inCode, metricsOf } from './exposed-metrics.ts';
import { readsOf } from './promql/selectors.ts';
import { dashboards, ruleCases, rules, type Watched, watched } from './watched.ts';

const page = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

/** What Prometheus adds to every series, or makes itself. */
const TARGET_LABELS = ['service', 'job', 'instance'];
const OF_PROMETHEUS = new Map([['up', TARGET_LABELS]]);
/** Their texts are HTTP's, the deployment's or a number, and stand in no table of ours. */
const FREE_LABELS = new Set([...TARGET_LABELS, 'method', 'route', 'status', 'pool', 'le']);

/** Every series name there is, with its labels. */
function exposed(): Map<string, readonly string[]> {
  const all = new Map(OF_PROMETHEUS);
  for (const { name, kind, labels } of inCode()) {
    const own = [...labels, ...TARGET_LABELS];
    if (kind === 'histogram') {
      all.set(`${name}_bucket`, [...own, 'le']);
      for (const part of ['_sum', '_count']) all.set(`${name}${part}`, own);
    } else {
      all.set(name, own);
    }
  }
  for (const { name, kind } of metricsOf('worker').describe()) {
    if (kind !== 'process') continue;
    for (const part of ['', '_sum', '_count']) all.set(`${name}${part}`, [...TARGET_LABELS, 'kind']);
  }
  return all;
}

/** The patterns of the API's routes, as its sources have them. */
const ROUTES = new Set(
  globSync(join(import.meta.dirname, '../../apps/api/src/routes/*.ts')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/ path: '([^']+)'/g)].map(([, path]) => path),
  ),
);

const there = exposed();
const tables = page('metrics.md') + page('codes.md');

/** What an expression reads that is not there: metrics, labels, and the texts of labels that have a table of them. */
function missingIn({ where, expression }: Watched): string[] {
  const recorded = new Set(rules().flatMap(({ record }) => record ?? []));
  const { selectors, groupings } = readsOf(expression);
  const missing = selectors.flatMap(({ metric, matchers }) => {
    if (recorded.has(metric)) return [];
    const labels = there.get(metric);
    if (!labels) return [metric];
    return matchers.flatMap(({ label, value }) => {
      if (!labels.includes(label)) return [`${metric}{${label}}`];
      const texts = FREE_LABELS.has(label) ? [] : value.split('|');
      return texts.filter((text) => !tables.includes(`\`${text}\``)).map((text) => `${label}="${text}"`);
    });
  });
  const groupable = new Set(selectors.flatMap(({ metric }) => there.get(metric) ?? []));
  const strange = groupings.filter((label) => !groupable.has(label)).map((label) => `by (${label})`);
  return [...missing, ...strange].map((what) => `${where}: ${what}`);
}

describe('dashboards and rules', () => {
  it('read metrics and labels that a running system exposes', () => {
    const all = watched();
    expect(all.length).toBeGreaterThan(80);
    expect(all.flatMap(missingIn)).toEqual([]);
  });

  it.each([
    'sum(rate(flotilla_stepz_total[5m]))',
    'flotilla_breaker_open{modle="x"}',
    'sum by (queue) (flotilla_steps_total)',
    'flotilla_model_call_duration_seconds',
    'flotilla_missions_ended_total{code="max_stepz"}',
    'flotilla_steps_total_bucket',
  ])('would be told of %s, which nobody exposes', (expression) => {
    expect(missingIn({ where: 'here', expression })).not.toEqual([]);
  });

  it('take no request for slow that waits for a result because it was asked to, and name routes that there are', () => {
    const ofRequests = watched().flatMap(({ where, expression }) =>
      readsOf(expression).selectors.flatMap(({ metric, matchers }) =>
        metric.startsWith('flotilla_http_request_duration_seconds_')
          ? [{ where, metric, routes: matchers.flatMap(({ label, value }) => (label === 'route' ? [value] : [])) }]
          : [],
      ),
    );
    const named = new Set(ofRequests.flatMap(({ routes }) => routes));
    expect(named).toContain('/v1/missions/:missionId/result');
    expect([...named].filter((route) => !ROUTES.has(route))).toEqual([]);
    const blind = ofRequests.filter(({ metric, routes }) => metric.endsWith('_bucket') && routes.length === 0);
    expect(blind).toEqual([]);
  });

  it('show every metric of ours somewhere', () => {
    const shown = new Set(
      watched().flatMap(({ expression }) => readsOf(expression).selectors.map(({ metric }) => metric)),
    );
    const names = new Set([...shown].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    expect(inCode().filter(({ name }) => !names.has(name) && !shown.has(name))).toEqual([]);
  });

  it('have what a dashboard needs to be found and loaded', () => {
    const uids = dashboards().map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const { panels } of dashboards()) expect(panels.length).toBeGreaterThanOrEqual(7);
  });
});

describe('every alert', () => {
  const alerts = rules().flatMap(({ alert, annotations }) => (alert === undefined ? [] : [{ alert, annotations }]));

  it('has a case that promtool plays, and there is one in which none fires', () => {
    const named = new Set(ruleCases().map((name) => name.split(':')[0]));
    expect(named).toEqual(new Set([...alerts.map(({ alert }) => alert), 'all is well']));
  });

  it('has its own entry in the runbook, and names it', () => {
    const entries = [...page('operations.md').matchAll(/^### (\w+)$/gm)].map((match) => match[1] ?? '');
    expect(entries.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
    for (const { alert, annotations } of alerts) {
      expect(annotations?.['runbook']).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    }
  });
});
