import { FlotillaError } from './errors.ts';
import type { Problem } from './generated/api.ts';
import { readRetryAfter } from './retry.ts';

/** An answer that is not a 2xx, as the error it means. Never rejects for what the answer holds. */
export async function readProblem(response: Response): Promise<FlotillaError> {
  const { status, headers } = response;
  const facts = {
    status,
    requestId: headers.get('x-request-id'),
    retryAfterMs: readRetryAfter(headers.get('retry-after')),
  };
  const problem = parseProblem(await response.text());
  if (problem) return new FlotillaError({ ...facts, code: problem.code, detail: problem.detail, problem });
  // A proxy's own page, for example.
  return new FlotillaError({
    ...facts,
    code: 'invalid_response',
    detail: `HTTP ${status}, and the body is no problem document. Does the base URL lead to the API?`,
  });
}

function parseProblem(text: string): Problem | null {
  try {
    const value: unknown = JSON.parse(text);
    return isProblem(value) ? value : null;
  } catch {
    return null;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  return 'code' in value && typeof value.code === 'string' && 'detail' in value && typeof value.detail === 'string';
}
