import type { JsonObject } from '@flotilla/core';
import { alternativeChecks } from './alternatives.ts';
import { createKinds, isFields } from './kinds.ts';
import { optionChecks } from './options.ts';
import { arrayChecks, objectChecks } from './parts.ts';
import { type Check, createPass, type Rule, TooLargeError } from './pass.ts';
import { judgedChecks, lengthChecks, numberChecks } from './scalars.ts';

/** `problem` is written for the model to mend it. */
type Verdict = { kind: 'valid' } | { kind: 'invalid' | 'too_large'; problem: string };

type Options = {
  /**
   * Nobody judged the schema. Keywords that cannot be understood are passed over, such as references, and so are those
   * that a stranger may have made to run for hours.
   */
  isUnjudged?: boolean;
  comparisonsMax?: number;
};

/** Parts of a schema held against parts of a value: a few tenths of a second of a worker at the most. */
const COMPARISONS_MAX = 500_000;
/** Deeper than anybody nests; beyond, the stack would end. */
const LEVELS_MAX = 400;
const PROBLEM_MAX_CHARS = 4_000;

/**
 * Holds values against a JSON Schema (2020-12), with a bound on what that may cost, whatever the schema and the value are:
 * a worker that is held up for longer than its lease loses all its missions.
 */
export function createSchemaCheck(schema: JsonObject, options: Options = {}): (value: unknown) => Verdict {
  const { isUnjudged = false, comparisonsMax = COMPARISONS_MAX } = options;
  const rule = compile(schema, { isUnjudged, levels: LEVELS_MAX });
  return (value) => {
    const pass = createPass(comparisonsMax);
    try {
      if (rule.check(value, pass)) return { kind: 'valid' };
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      // What was found until then is wrong in any case.
      if (pass.problems.length === 0) return { kind: 'too_large', problem: tooLarge(comparisonsMax) };
    }
    const problem = pass.problems.map((one) => `✖ ${one}`).join('\n');
    return { kind: 'invalid', problem: problem.slice(0, PROBLEM_MAX_CHARS) };
  };
}

function compile(schema: unknown, { isUnjudged, levels }: { isUnjudged: boolean; levels: number }): Rule {
  if (schema === false) return NOTHING;
  if (!isFields(schema)) return ANYTHING;
  if (levels === 0) return ENDLESS;
  const inner = (part: unknown) => compile(part, { isUnjudged, levels: levels - 1 });
  const kinds = createKinds(schema);
  const checks: Check[] = [
    ...optionChecks(schema),
    ...numberChecks(schema),
    ...lengthChecks(schema),
    ...(isUnjudged ? [] : judgedChecks(schema)),
    ...arrayChecks(schema, inner),
    ...objectChecks(schema, inner),
    ...alternativeChecks(schema, inner),
  ];
  return {
    admits: kinds.admits,
    check(value, pass) {
      pass.spend(1 + checks.length);
      if (!kinds.admits(value)) return kinds.tell(value, pass);
      let isValid = true;
      for (const check of checks) {
        if (check(value, pass)) continue;
        isValid = false;
        if (!pass.wantsMore()) break;
      }
      return isValid;
    },
  };
}

const ANYTHING: Rule = { admits: () => true, check: () => true };
const NOTHING: Rule = { admits: () => false, check: (_, pass) => pass.tell('Invalid input: nothing may be here') };
const ENDLESS: Rule = {
  admits: () => true,
  check(_, pass) {
    pass.spend(Number.POSITIVE_INFINITY);
    return false;
  },
};

function tooLarge(comparisonsMax: number): string {
  return `It is too large to check: held against its schema part by part it takes more than ${comparisonsMax} comparisons, and at most so many are made.`;
}
