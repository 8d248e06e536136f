import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documented, inCode, metricsOf, type Row } from './exposed-metrics.ts';

const byName = (a: Row, b: Row) => (a.name < b.name ? -1 : 1);

describe('docs/metrics.md', () => {
  it('lists every metric that an app exposes, with its kind, its labels and its apps, and no other', () => {
    expect(documented().toSorted(byName)).toEqual(inCode().toSorted(byName));
  });

  it("names Node's own figures, as they are exposed", () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const named = [...page.matchAll(/`((?:process|nodejs)_\w+)`/g)].map((match) => match[1] ?? '');
    const exposed = new Set(
      metricsOf('api')
        .describe()
        .map(({ name }) => name),
    );
    expect(named.filter((name) => !exposed.has(name))).toEqual([]);
    expect(named).toContain('nodejs_eventloop_lag_p99_seconds');
  });
});

describe('a metric', () => {
  it.each(inCode())('$name is named as Prometheus wants it', ({ name, kind }) => {
    expect(name).toMatch(/^flotilla_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    // Base units: never milliseconds, megabytes or millionths of a dollar.
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb|micro_?usd)(_|$)/);
    expect(kind !== 'histogram' || /_(seconds|rows)$/.test(name)).toBe(true);
  });
});
