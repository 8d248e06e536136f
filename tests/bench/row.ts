import type { Servers } from './servers.ts';

export type Backend = 'redis' | 'postgres';
/** Ours, or the same job written by hand. */
export type Contender = 'flotilla' | 'baseline';

/** The line of the requirements that a value has to reach, for the table. */
export type Line = { max: number } | { min: number };

/** One line of the table. `baseline`: what the hand-written alternative came to in the same run, if it can do this. */
export type Result = {
  name: string;
  /** `none`: no queue takes part. */
  backend: Backend | 'none';
  value: number;
  unit: string;
  baseline: number | null;
  /** What counts as better, for the ratio. */
  better: 'higher' | 'lower';
  line?: Line;
};

export type Bench = {
  servers: Servers;
  backends: readonly Backend[];
  isQuick: boolean;
  isLarge: boolean;
  /** Goes to standard error, so that standard output is the table alone. */
  log(line: string): void;
  /** Where our processes write CPU profiles, if they are to. */
  profileDir: string | undefined;
};

/** One subject of measurement: may give several lines, as p50 and p95 do. */
export type Row = { name: string; run(bench: Bench): Promise<Result[]> };

export const CONTENDERS: readonly Contender[] = ['flotilla', 'baseline'];

/** How many times better than the baseline. */
export function ratioOf({ value, baseline, better }: Result): number | null {
  if (baseline === null || baseline === 0 || value === 0) return null;
  return better === 'higher' ? value / baseline : baseline / value;
}

export function isReached({ value, line }: Result): boolean | null {
  if (!line) return null;
  return 'max' in line ? value <= line.max : value >= line.min;
}
