import { expect, it } from 'vitest';
import type { OpenApiDocument } from './document.ts';
import { generateTypes } from './types.ts';

const problems = (...codes: string[]) => ({
  content: {
    'application/problem+json': {
      schema: { allOf: [{ $ref: '#/components/schemas/Thing' }, { properties: { code: { enum: codes } } }] },
    },
  },
});
const thing = { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } };

const DOCUMENT: OpenApiDocument = {
  components: {
    responses: { lost: problems('not_found') },
    schemas: {
      Thing: {
        description: 'A thing */ of sorts.',
        type: 'object',
        required: ['id', 'kinds'],
        properties: {
          id: { type: 'string', description: 'Its id.' },
          kinds: { type: 'array', items: { enum: ['a', 'b'] } },
          size: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
          'a-b': { type: 'object', additionalProperties: { type: 'boolean' } },
          any: {},
        },
      },
      Open: { type: 'object', properties: { a: { const: 1 } }, required: ['a'], additionalProperties: {} },
    },
  },
  paths: {
    '/healthz': { get: { summary: 'Not for clients.', parameters: [], responses: { 200: {} } } },
    '/v1/things/{thingId}': {
      get: {
        summary: 'Shows a thing.',
        parameters: [
          { name: 'thingId', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'limit', in: 'query', required: false, schema: { type: 'integer' }, description: 'How many.' },
        ],
        responses: { 200: { content: thing }, 202: { content: thing }, 404: { $ref: '#/components/responses/lost' } },
      },
      delete: {
        summary: 'Forgets it.',
        parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } }],
        requestBody: { required: true, content: thing },
        responses: { 204: {}, 409: problems('in_use') },
      },
    },
    '/v1/things/{thingId}/picture': {
      get: {
        summary: 'Draws it.',
        security: [{ apiKey: ['things:read'] }, { missionToken: [] }],
        parameters: [],
        responses: { 200: { content: { 'image/png': { schema: {} } } } },
      },
    },
  },
};

it('writes the types of what goes over the wire, and of each route for clients what it takes and answers', () => {
  expect(
    generateTypes(DOCUMENT),
  ).toBe(`// Made of the API's own document (/openapi.json) by \`npm run client:types\`. Not to be edited.

/** A thing *\\/ of sorts. */
export type Thing = {
  /** Its id. */
  id: string;
  kinds: ("a" | "b")[];
  size?: number | null | undefined;
  "a-b"?: {
    [name: string]: boolean;
  } | undefined;
  any?: unknown;
};

export type Open = {
  a: 1;
  [name: string]: unknown;
};

/** The codes of problems; docs/codes.md says what to do about each. */
export type ProblemCode =
  | 'in_use'
  | 'not_found';

/** Of every route, what it takes and what it answers. */
export type Operations = {
  /** Shows a thing. */
  'GET /v1/things/{thingId}': {
    params: {
      thingId: string;
    };
    query?: {
      /** How many. */
      limit?: number | undefined;
    } | undefined;
    reply: Thing;
  };
  /** Forgets it. */
  'DELETE /v1/things/{thingId}': {
    body: Thing;
    reply: undefined;
  };
  /** Draws it. */
  'GET /v1/things/{thingId}/picture': {
    reply: Uint8Array<ArrayBuffer>;
  };
};

/** The routes that take an Idempotency-Key. */
export const REPEATABLE: readonly string[] = [
  'DELETE /v1/things/{thingId}',
];

/** The routes that a browser's token opens too. */
export const READABLE_BY_TOKEN: readonly string[] = [
  'GET /v1/things/{thingId}/picture',
];

/** The routes that answer with bytes. */
export const BINARY: readonly string[] = [
  'GET /v1/things/{thingId}/picture',
];
`);
});
