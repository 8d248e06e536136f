import { REQUEST_CODES } from '@flotilla/core';
import { DatabaseUnavailableError } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { asProblemError, ProblemError, toProblem } from './problem.ts';

const request = { requestId: 'req_1', path: '/v1/missions' };

describe('problems', () => {
  it('answers a database that is away with 503 and when to come back', () => {
    const problem = asProblemError(new DatabaseUnavailableError('connect ECONNREFUSED 10.0.0.7:5432'));
    expect(problem.parts.headers).toEqual({ 'Retry-After': '1' });
    expect(toProblem(problem, request)).toMatchObject({ status: 503, code: 'unavailable' });
    expect(JSON.stringify(toProblem(problem, request))).not.toContain('10.0.0.7');
  });

  it('says nothing of an error nobody foresaw', () => {
    const body = toProblem(asProblemError(new Error('password=hunter2 at /srv/app.ts:3')), request);
    expect(body).toEqual({
      type: 'urn:flotilla:problem:internal',
      title: REQUEST_CODES.internal.title,
      status: 500,
      detail: 'This is our fault. It was logged under the request id.',
      code: 'internal',
      instance: '/v1/missions',
      requestId: 'req_1',
    });
  });

  it.each([undefined, null, 'text', 42, { status: 200 }])('answers a thrown %j with 500', (thrown) => {
    expect(asProblemError(thrown).code).toBe('internal');
  });

  it('carries fields and extension members beside the standard ones', () => {
    const errors = [{ path: '/model', message: 'is not known' }];
    const problem = new ProblemError('unknown_model', 'Name another.', { errors, members: { allowed: ['sim/demo'] } });
    expect(toProblem(problem, request)).toMatchObject({ status: 422, errors, allowed: ['sim/demo'] });
  });
});
