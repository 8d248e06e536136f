import type { WitnessLine } from './witness/log.ts';

/** A timer may fire a moment before its time, and the witness tells whole milliseconds. */
const EARLY_MS = 20;

/**
 * What the model server saw of those that it had turned away for so long. `goes`: how often it turned one and the same
 * step away, at most.
 */
export function judgeTurnedAway(
  lines: readonly WitnessLine[],
  retryAfterMs: number,
): { goes: number; problems: string[] } {
  const refusedAt = new Map(
    lines.flatMap((line): [number, number][] =>
      line.kind === 'model_end' && line.end === 'refused' ? [[line.call, line.at]] : [],
    ),
  );
  const calls = lines.filter((line) => line.kind === 'model');
  const problems: string[] = [];
  let goes = 0;
  for (const [name, same] of Map.groupBy(calls, ({ ref, step }) => `${ref} model ${step}`)) {
    goes = Math.max(goes, same.filter(({ call }) => refusedAt.has(call)).length);
    let notBefore = Number.NEGATIVE_INFINITY;
    for (const { call, at, worker } of same.toSorted((a, b) => a.call - b.call)) {
      if (at < notBefore - EARLY_MS) {
        problems.push(`too early: ${name} by ${worker}, ${notBefore - at} ms before its time`);
      }
      const refused = refusedAt.get(call);
      if (refused !== undefined) notBefore = refused + retryAfterMs;
    }
  }
  return { goes, problems: problems.slice(0, 20) };
}
