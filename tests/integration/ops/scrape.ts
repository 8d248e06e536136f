import { callOps } from './call-ops.ts';

export type Scrape = {
  /** A scraped page: the sum of the series of a metric that carry these labels, 0 where there are none. */
  (name: string, labels?: Record<string, string>): number;
  /** Whether there is such a series. */
  has(name: string, labels?: Record<string, string>): boolean;
  /** Whether the page knows the metric, also one that nothing has been counted in yet. */
  declares(name: string): boolean;
};

export async function scrape(url: string): Promise<Scrape> {
  const { status, text } = await callOps(`${url}/metrics`, { key: null });
  if (status !== 200) throw new Error(`/metrics answered ${status}`);
  const series = text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels, value: Number(value) }];
  });
  const find = (name: string, labels: Record<string, string>) =>
    series
      .filter((one) => one.name === name)
      .filter((one) => Object.entries(labels).every(([label, value]) => one.labels.includes(`${label}="${value}"`)));
  const sumOf = (name: string, labels: Record<string, string> = {}) =>
    find(name, labels).reduce((sum, { value }) => sum + value, 0);
  return Object.assign(sumOf, {
    has: (name: string, labels: Record<string, string> = {}) => find(name, labels).length > 0,
    declares: (name: string) => text.includes(`# TYPE ${name.replace(/_count$/, '')} `),
  });
}
