import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Route } from '../routes/route.ts';
import { describeOperation, schemasOf } from './operation.ts';
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
  return describeOperation(route, describeSchemas(schemasOf(route).flatMap((schema) => schema ?? [])));
}

/** The codes that are named for a status. */
function codesOf(operation: ReturnType<typeof described>, status: number): string {
  return operation.responses[status]?.description ?? '';
}

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
    expect(described({ method: 'DELETE', replies: { 204: z.undefined() } }).responses['204']).toEqual({
      description: 'No Content',
    });
    const streamable = described({ isStreamable: true });
    expect(Object.keys(streamable.responses['200']?.content ?? {})).toEqual(['application/json', 'text/event-stream']);
    expect(streamable.responses).toHaveProperty('204');
    expect(streamable.parameters.map(({ name }) => name)).toContain('Last-Event-ID');
  });
});
