import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Route } from '../routes/route.ts';
import { describeOperation, schemasOf } from './operation.ts';
import { createProblemResponses, resolveResponse } from './responses.ts';
import { describeSchemas } from './schemas.ts';

function described(parts: Partial<Route>) {
  const route: Route = {
    method: 'GET',
    path: '/v1/things/:thingId/files/*path',
    scope: 'missions:read',
    summary: 'A thing.',
    replies: { 200: z.object({ id: z.string() }) },
    handle: async () => ({ status: 200, body: {} }),
    ...parts,
  };
  const schemas = describeSchemas(schemasOf(route).flatMap((schema) => schema ?? []));
  return describeOperation(route, { schemas, problems });
}

const problems = createProblemResponses();

function responseOf({ responses }: ReturnType<typeof described>, status: number) {
  const response = responses[status];
  return response && resolveResponse(response, problems.components);
}

/** The codes that are named for a status. */
const codesOf = (operation: ReturnType<typeof described>, status: number) =>
  responseOf(operation, status)?.description ?? '';

const headersOf = (operation: ReturnType<typeof described>, status: number) =>
  Object.keys(responseOf(operation, status)?.headers ?? {});

describe('describeOperation', () => {
  it('takes names, parameters and the scope from the route', () => {
    const operation = described({ query: z.strictObject({ cursor: z.string().optional() }) });
    expect(operation).toMatchObject({
      operationId: 'getThingsByThingIdFilesByPath',
      tags: ['things'],
      security: [{ apiKey: ['missions:read'] }],
    });
    expect(operation.parameters.map(({ name, in: place, required }) => `${name} ${place} ${required}`)).toEqual([
      'thingId path true',
      'path path true',
      'cursor query false',
    ]);
    expect(operation).not.toHaveProperty('requestBody');
  });

  it('names the problems that follow from what a route takes, and those of its own', () => {
    const plain = described({});
    expect(codesOf(plain, 404)).toContain('not_found');
    expect(codesOf(plain, 400)).not.toContain('invalid_json');
    expect(codesOf(plain, 400)).not.toContain('invalid_cursor');
    const put = described({ method: 'PUT', body: 'required', input: z.strictObject({}), problems: ['unknown_model'] });
    expect(put.requestBody).toMatchObject({ required: true });
    expect(codesOf(put, 400)).toContain('invalid_json');
    expect(codesOf(put, 422)).toContain('unknown_model');
    expect(put.responses).not.toHaveProperty('404');
    const repeatable = described({ method: 'POST', isRepeatable: true, body: 'optional', input: z.strictObject({}) });
    expect(repeatable.requestBody).toMatchObject({ required: false });
    expect(repeatable.parameters.map(({ name }) => name)).toContain('Idempotency-Key');
    expect(codesOf(repeatable, 409)).toContain('idempotency_key_in_use');
  });

  it('says nothing of a body where there is none, and both of a stream and its page', () => {
    const without = responseOf(described({ method: 'DELETE', replies: { 204: z.undefined() } }), 204);
    expect(without).toMatchObject({ description: 'No Content' });
    expect(without).not.toHaveProperty('content');
    const streamable = described({ isStreamable: true });
    expect(Object.keys(responseOf(streamable, 200)?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(streamable.responses).toHaveProperty('204');
    expect(streamable.parameters.map(({ name }) => name)).toContain('Last-Event-ID');
  });

  it('tells of the headers that answers have, of problems by their codes', () => {
    const thing = z.object({ id: z.string() });
    const making = described({ method: 'POST', isRepeatable: true, hasLocation: true, replies: { 201: thing } });
    const onAll = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'];
    expect(headersOf(making, 201)).toEqual([...onAll, 'Location', 'Idempotent-Replayed']);
    expect(headersOf(making, 401)).toEqual([...onAll, 'WWW-Authenticate']);
    expect(headersOf(making, 405)).toEqual([...onAll, 'Allow']);
    expect(headersOf(making, 404)).toEqual(onAll);
    for (const status of [409, 429, 503]) expect(headersOf(making, status)).toEqual([...onAll, 'Retry-After']);
  });

  it('tells of both where a status is a reply and a problem', () => {
    const both = described({ hasLocation: true, replies: { 503: z.object({ id: z.string() }) } });
    expect(headersOf(both, 503)).toEqual(expect.arrayContaining(['Location', 'Retry-After']));
    expect(Object.keys(responseOf(both, 503)?.content ?? {})).toEqual(['application/json', 'application/problem+json']);
  });

  it('describes a set of problems once, however many answer with it', () => {
    const [one, other] = [described({}), described({ path: '/v1/others/:otherId' })];
    expect(one.responses['404']).toEqual({ $ref: '#/components/responses/not_found' });
    expect(other.responses['404']).toEqual(one.responses['404']);
  });
});
