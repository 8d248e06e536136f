import type { z } from 'zod';
import type { FieldError } from '../problem.ts';
import { toJsonPointer } from './json-pointer.ts';

type Issue = z.core.$ZodIssue;

/** One answer need not list more than a person would mend in one go. */
const ERRORS_MAX = 20;

/** What zod found wrong, in sentences that continue the path: `/goal must be a string`. Never repeats a value. */
export function describeIssues(issues: readonly Issue[]): FieldError[] {
  return issues.flatMap(describe).slice(0, ERRORS_MAX);
}

function describe(issue: Issue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: toJsonPointer([...issue.path, key]), message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ path: toJsonPointer(issue.path), message: `as a key ${messageOf(inner)}` }));
  }
  if (issue.code === 'invalid_union') return describeUnion(issue);
  return [{ path: toJsonPointer(issue.path), message: messageOf(issue) }];
}

/** What is wrong by the one form that the value has; where it has none of them, what it may be. */
function describeUnion({ path, errors }: Extract<Issue, { code: 'invalid_union' }>): FieldError[] {
  const isOfForm = (issues: readonly Issue[]) =>
    !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0);
  const [fitting, ...others] = errors.filter(isOfForm);
  if (fitting && others.length === 0) {
    return fitting.flatMap((issue) => describe({ ...issue, path: [...path, ...issue.path] }));
  }
  const forms = errors.flatMap((issues) =>
    issues.flatMap((issue) => (issue.code === 'invalid_type' ? [issue.expected] : [])),
  );
  return [
    { path: toJsonPointer(path), message: `must be ${forms.map((form) => TYPE_NAMES[form] ?? form).join(' or ')}` },
  ];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items' };

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      // The body came out of JSON, so what is undefined was not there.
      return issue.input === undefined ? 'is required' : `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${UNITS[issue.origin] ?? ''}`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? 'must not be empty'
        : `must be at least ${String(issue.minimum)}${UNITS[issue.origin] ?? ''}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return issue.message;
  }
}
