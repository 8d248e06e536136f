import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isReached, type Line, type Result, ratioOf } from './row.ts';

const HEADINGS = ['measure', 'backend', 'value', 'unit', 'baseline', 'times better', 'line', ''];

/** A table for people. */
export function toTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.name,
    result.backend,
    toFigure(result.value),
    result.unit,
    result.baseline === null ? '–' : toFigure(result.baseline),
    toFigure(ratioOf(result)),
    result.line ? toLine(result.line) : '',
    { true: 'reached', false: 'MISSED', null: '' }[String(isReached(result))] ?? '',
  ]);
  const widths = HEADINGS.map((heading, at) => Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const isNumber = (at: number) => at === 2 || at === 4 || at === 5;
  const draw = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isNumber(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [draw(HEADINGS), draw(widths.map((width) => '─'.repeat(width))), ...rows.map(draw)].join('\n');
}

/** The same for programs: `[{name, backend, value, unit, baseline, ratio}]`. */
export function writeResults(path: string, results: readonly Result[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const plain = results.map((result) => ({
    name: result.name,
    backend: result.backend,
    value: round(result.value),
    unit: result.unit,
    baseline: result.baseline === null ? null : round(result.baseline),
    ratio: round(ratioOf(result)),
  }));
  writeFileSync(path, `${JSON.stringify(plain, null, 2)}\n`);
}

function toLine(line: Line): string {
  return 'max' in line ? `≤ ${line.max}` : `≥ ${line.min}`;
}

function toFigure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

/** A figure that could not be had is `null`, as JSON has no NaN. */
function round(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
