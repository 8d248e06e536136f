import { z } from 'zod';

/** As many as a model mends at once. */
const PROBLEMS_MAX = 20;

/** More would have to be compared than may be. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** One value that is held against one schema: where in it the check is, what is wrong, and how much may yet be done. */
export type Pass = {
  readonly path: (string | number)[];
  readonly problems: readonly string[];
  /** @throws {TooLargeError} when more was spent than there was */
  spend(comparisons: number): void;
  /** Notes what is wrong here, if anybody wants to know. The value is not valid: false. */
  tell(problem: string): false;
  /** Whether anybody wants to know what else is wrong. */
  wantsMore(): boolean;
  /** Tells only whether the value passes, not what is wrong with it. */
  quietly(check: () => boolean): boolean;
};

/** Whether a value is valid, as far as this part of the schema goes. */
export type Check = (value: unknown, pass: Pass) => boolean;

/** A schema, or a part of one. `admits`: whether it may be valid at all, for the kind of value that it is. */
export type Rule = { admits(value: unknown): boolean; check: Check };

export function createPass(comparisonsMax: number): Pass {
  const path: (string | number)[] = [];
  const problems: string[] = [];
  let left = comparisonsMax;
  let quiet = 0;
  const wantsMore = () => quiet === 0 && problems.length < PROBLEMS_MAX;
  return {
    path,
    problems,
    wantsMore,
    spend(comparisons) {
      left -= comparisons;
      if (left < 0) throw new TooLargeError();
    },
    tell(problem) {
      if (wantsMore()) problems.push(path.length > 0 ? `${problem}\n  → at ${z.core.toDotPath(path)}` : problem);
      return false;
    },
    quietly(check) {
      quiet += 1;
      const isValid = check();
      quiet -= 1;
      return isValid;
    },
  };
}

/** Holds a part of a value against the rule for it. */
export function checkAt(pass: Pass, { key, rule, value }: { key: string | number; rule: Rule; value: unknown }) {
  pass.path.push(key);
  const isValid = rule.check(value, pass);
  pass.path.pop();
  return isValid;
}
