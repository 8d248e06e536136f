import { PAGE_DEFAULT, PAGE_MAX } from '@flotilla/core';
import { z } from 'zod';
import { type FieldError, ProblemError } from '../problem.ts';
import { describeIssues } from './describe-issues.ts';
import { toJsonPointer } from './json-pointer.ts';

/**
 * A body as its schema has it.
 * @throws {ProblemError} `invalid_request`, with every field that is wrong
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (!parsed.success) throw invalidRequest(describeIssues(parsed.error.issues));
  return parsed.data;
}

/**
 * The same for a body that may be left out, which then says nothing. One that is there is judged, `null` too: it is no
 * object, and taking it for none would start what its sender did not mean.
 * @throws {ProblemError} `invalid_request`
 */
export function readOptionalInput<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return readInput(schema, body === undefined ? {} : body);
}

/**
 * Query parameters as their schema has them. Unknown and repeated ones are refused: a misspelt filter must not pass
 * for no filter.
 * @throws {ProblemError} `invalid_request`
 */
export function readQuery<Schema extends z.ZodType>(schema: Schema, query: URLSearchParams): z.output<Schema> {
  const repeated = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1);
  if (repeated.length > 0) {
    throw invalidRequest(
      repeated.map((name) => asQueryError({ path: toJsonPointer([name]), message: 'is given twice' })),
    );
  }
  const parsed = schema.safeParse(Object.fromEntries(query), { reportInput: true });
  if (!parsed.success) throw invalidRequest(describeIssues(parsed.error.issues).map(asQueryError));
  return parsed.data;
}

/** For a route without parameters. */
export const noQuery = z.strictObject({});

export function invalidRequest(errors: readonly FieldError[]): ProblemError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ProblemError(
    'invalid_request',
    first ? `${first.path || 'The body'} ${first.message}${more}.` : 'See errors.',
    {
      errors,
    },
  );
}

function asQueryError({ path, message }: FieldError): FieldError {
  return { path: path.replace(/^\//, '?'), message };
}

/** A whole number in a query, where everything arrives as text. */
export function wholeNumber({ min, max }: { min: number; max: number }) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }))
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** `?limit=`, on every list. */
export const limitParameter = wholeNumber({ min: 1, max: PAGE_MAX }).default(PAGE_DEFAULT);

/** A list without filters; one with filters extends it. */
export const pageQuery = z.strictObject({ limit: limitParameter, cursor: z.string().optional() });
