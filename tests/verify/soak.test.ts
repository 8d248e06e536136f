import { describe, expect, it } from 'vitest';
import { FAILURES } from '../soak/failures.ts';
import { compareFailures, compareHeld } from '../soak/judge.ts';
import { LOOK_EVERY_SECONDS, type Look } from '../soak/watch.ts';

const SECONDS = 1_200;
const HELD = { process: 'worker 1', what: 'handles' };

/** A process that was looked at all the time, and held so much and had failed so often at each moment. */
function watch(options: { held?: (at: number) => number; failed?: (at: number) => number; until?: number }): Look[] {
  const { held = () => 20, failed = () => 0, until = SECONDS } = options;
  const looks = Array.from({ length: until / LOOK_EVERY_SECONDS }, (_, index) => index * LOOK_EVERY_SECONDS);
  return looks.map((atSeconds) => ({
    process: HELD.process,
    atSeconds,
    held: { [HELD.what]: held(atSeconds) },
    failures: Object.fromEntries(Object.keys(FAILURES).map((name) => [name, failed(atSeconds)])),
  }));
}

const judgeHeld = (seen: readonly Look[]) => compareHeld(seen, { all: [HELD], seconds: SECONDS })[0];
const areFailuresRight = (seen: readonly Look[]) =>
  compareFailures(seen, { seconds: SECONDS }).every(({ isRight }) => isRight);

describe('what a soak is judged by', () => {
  it('is what is held at the end, beside what was after five of twenty minutes', () => {
    expect(judgeHeld(watch({}))).toMatchObject({ before: 20, after: 20, isRight: true });
    expect(judgeHeld(watch({ held: (at) => (at < 290 ? 10 : 20) }))).toMatchObject({ isRight: true });
    expect(judgeHeld(watch({ held: (at) => 20 + at / 600 }))).toMatchObject({ isRight: false });
  });

  it('is not right of a process that died on the way, or was never there', () => {
    expect(judgeHeld(watch({ until: 600 }))).toMatchObject({ before: 20, after: null, isRight: false });
    expect(judgeHeld([])).toMatchObject({ before: null, after: null, isRight: false });
    expect(areFailuresRight([])).toBe(false);
  });

  it('is not right of a figure that a process does not tell', () => {
    const silent = watch({}).map((look) => ({ ...look, held: {}, failures: {} }));
    expect(judgeHeld(silent)).toMatchObject({ isRight: false });
    expect(areFailuresRight(silent)).toBe(false);
  });

  it('is how often something fails in the last quarter, beside the second', () => {
    expect(areFailuresRight(watch({}))).toBe(true);
    expect(areFailuresRight(watch({ failed: (at) => at / 10 }))).toBe(true);
    expect(areFailuresRight(watch({ failed: (at) => Math.max(0, at - 900) / 30 }))).toBe(false);
  });
});
