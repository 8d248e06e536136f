import { percentile } from '../bench/statistics.ts';
import type { Times } from './mix.ts';

/** The 95th percentile of each must be below, in milliseconds; those without one are told only. */
const BARS = [
  { what: 'accept', barMs: 50, of: ({ latenciesMs }) => latenciesMs.post },
  { what: 'read', barMs: 50, of: ({ latenciesMs }) => latenciesMs.read },
  { what: 'list', barMs: 50, of: ({ latenciesMs }) => latenciesMs.list },
  { what: 'cancel answered', barMs: null, of: ({ latenciesMs }) => latenciesMs.cancel },
  { what: 'stream begun', barMs: null, of: ({ latenciesMs }) => latenciesMs.stream },
  { what: 'event written → stream', barMs: 100, of: ({ eventDelaysMs }) => eventDelaysMs },
  { what: 'mission ended → long poll', barMs: 100, of: ({ waitDelaysMs }) => waitDelaysMs },
] as const satisfies readonly { what: string; barMs: number | null; of(times: Times): number[] }[];
const CANCEL_BAR_MS = 4_000;

export type BarRow = { what: string; count: number; line: string; isRight: boolean };

/**
 * @param endedAt when each cancelled mission ended, on the machine's clock, in milliseconds. One that was asked to and
 * completed first is not there.
 */
export function holdAgainstBars(times: Times, endedAt: ReadonlyMap<string, number>): BarRow[] {
  const cancelsMs = [...times.cancelledAt].flatMap(([id, at]) => {
    const end = endedAt.get(id);
    return end === undefined ? [] : [end - at];
  });
  return [
    ...BARS.map(({ what, barMs, of }) => toRow(what, barMs, of(times))),
    toRow('cancel sent → mission ended', CANCEL_BAR_MS, cancelsMs),
  ];
}

/** The names of the columns of a row. */
export const BAR_HEADER = `${'what, times in ms'.padEnd(30)}${['count', 'p50', 'p95', 'p99', 'bar'].map((name) => name.padStart(9)).join('')}`;

/** What nobody has done has no figure, and is not right. */
function toRow(what: string, barMs: number | null, valuesMs: readonly number[]): BarRow {
  const figures = [50, 95, 99].map((percent) => percentile(valuesMs, percent).toFixed(1).padStart(9)).join('');
  const line = `${what.padEnd(30)}${String(valuesMs.length).padStart(9)}${figures}${String(barMs ?? '').padStart(9)}`;
  const isRight = valuesMs.length > 0 && (barMs === null || percentile(valuesMs, 95) < barMs);
  return { what, count: valuesMs.length, line, isRight };
}
