import { callOps } from './call-ops.ts';

/** A scraped page: the sum of the series of a metric that carry these labels. */
export type Scrape = (name: string, labels?: Record<string, string>) => number;

export async function scrape(url: string): Promise<Scrape> {
  const { status, text } = await callOps(`${url}/metrics`, { key: null });
  if (status !== 200) throw new Error(`/metrics answered ${status}`);
  const series = text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels, value: Number(value) }];
  });
  return (name, labels = {}) =>
    series
      .filter((one) => one.name === name)
      .filter((one) => Object.entries(labels).every(([label, value]) => one.labels.includes(`${label}="${value}"`)))
      .reduce((sum, { value }) => sum + value, 0);
}
