import { FAILURES, type FailureName } from './failures.ts';
import { type Held, LOOK_EVERY_SECONDS, type Look } from './watch.ts';

const MAY_GROW = 0.05;
/** Of the looks that were due in a window, so many must have been had: a machine may be slow, a process must be there. */
const LOOKS_SHARE = 0.5;

export type HeldRow = Held & { before: number | null; after: number | null; isRight: boolean };
export type FailureRow = { failure: FailureName; before: number | null; after: number | null; isRight: boolean };
/** In seconds since the watch began. */
type Span = { from: number; to: number };

/** `null`: too few looks to say. */
function meanOf(seen: readonly Look[], { process, what }: Held, { from, to }: Span): number | null {
  const values = seen
    .filter((look) => look.process === process && look.atSeconds >= from && look.atSeconds <= to)
    .flatMap(({ held }) => held[what] ?? []);
  const wanted = Math.max(1, Math.floor(((to - from) / LOOK_EVERY_SECONDS) * LOOKS_SHARE));
  return values.length < wanted ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * What each process held after a quarter of the time (minute 5 of 20) and at the end, each on average over a window: no
 * more than 5 % more, and there at both.
 */
export function compareHeld(
  seen: readonly Look[],
  { all, seconds }: { all: readonly Held[]; seconds: number },
): HeldRow[] {
  const windowSeconds = Math.min(60, seconds / 8);
  return all.map((one) => {
    const before = meanOf(seen, one, { from: seconds / 4, to: seconds / 4 + windowSeconds });
    const after = meanOf(seen, one, { from: seconds - windowSeconds, to: seconds + LOOK_EVERY_SECONDS });
    const isRight = before !== null && after !== null && after <= mostOf(before);
    return { ...one, before, after, isRight };
  });
}

/** Of three connections one is not open at every look, and 2.8 are three. A fourth is more than 5 %. */
function mostOf(before: number): number {
  return Math.max(before * (1 + MAY_GROW), Math.round(before));
}

/** What has been added to a counter in a span of time, over all processes; `null` where nobody has told of it. */
function countIn(seen: readonly Look[], failure: FailureName, { from, to }: Span): number | null {
  const until = to + LOOK_EVERY_SECONDS;
  const looks = seen.filter((look) => failure in look.failures && look.atSeconds >= from && look.atSeconds <= until);
  const counts = [...Map.groupBy(looks, ({ process }) => process).values()].map((own) => {
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last || last.atSeconds === first.atSeconds) return null;
    const added = (last.failures[failure] ?? 0) - (first.failures[failure] ?? 0);
    // Looks do not fall on the ends of the span.
    return (added * (to - from)) / (last.atSeconds - first.atSeconds);
  });
  if (counts.length === 0 || counts.includes(null)) return null;
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/**
 * What went wrong in the second quarter of the time and in the last: no more than chance adds to what comes at a steady
 * rate, two standard deviations.
 */
export function compareFailures(seen: readonly Look[], { seconds }: { seconds: number }): FailureRow[] {
  const names = Object.keys(FAILURES) as FailureName[];
  return names.map((failure) => {
    const before = countIn(seen, failure, { from: seconds / 4, to: seconds / 2 });
    const after = countIn(seen, failure, { from: (seconds * 3) / 4, to: seconds });
    const isRight = before !== null && after !== null && after <= before + 2 * Math.sqrt(before + 1);
    return { failure, before, after, isRight };
  });
}
