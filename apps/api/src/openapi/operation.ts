import type { PublicRoute, Route } from '../routes/route.ts';
import {
  type Content,
  isKeyTaken,
  NO_CONTENT,
  type ProblemResponses,
  type Responses,
  responsesOf,
} from './responses.ts';
import type { DescribedSchemas, JsonSchema } from './schemas.ts';

export type Parameter = {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
};
export type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  /** Empty: anyone may. */
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Responses;
};

/** One method of one address, as OpenAPI has it (3.1 §4.8.10). */
export function describeOperation(
  route: Route | PublicRoute,
  { schemas, problems }: { schemas: DescribedSchemas; problems: ProblemResponses },
): Operation {
  const query = queryParameters(route, schemas);
  const isAsked = 'scope' in route;
  return {
    operationId: operationIdOf(route),
    tags: [tagOf(route.path)],
    summary: route.summary,
    security: isAsked ? [{ apiKey: [route.scope] }, ...(route.takesToken === true ? [{ missionToken: [] }] : [])] : [],
    parameters: [...pathParameters(route.path), ...query, ...headerParameters(route)],
    ...(isAsked && route.body !== undefined && { requestBody: requestBodyOf(route, schemas) }),
    responses: responsesOf(route, { schemas, problems, query: query.map(({ name }) => name) }),
  };
}

/** `/v1/missions/:missionId` and `/v1/files/*path` as `/v1/missions/{missionId}` and `/v1/files/{path}`. */
export function toTemplate(path: string): string {
  return path.replace(/[:*](\w+)/g, '{$1}');
}

/** The schemas that a route is described with. */
export function schemasOf(route: Route | PublicRoute): (JsonSchemaSource | undefined)[] {
  const replies = Object.entries(route.replies).filter(([status]) => Number(status) !== NO_CONTENT);
  return [route.query, 'input' in route ? route.input : undefined, ...replies.map(([, schema]) => schema)];
}
type JsonSchemaSource = NonNullable<Route['query']>;

/** What its address begins with, which is what it is about. */
function tagOf(path: string): string {
  const [, version, noun] = path.split('/');
  return version === 'v1' && noun !== undefined ? noun : 'service';
}

function operationIdOf({ method, path }: Route | PublicRoute): string {
  const words = path
    .replace('/v1/', '/')
    .replace(/[:*](\w)/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return [method.toLowerCase(), ...words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))].join('');
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query }: Route | PublicRoute, schemas: DescribedSchemas): Parameter[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemas.of(query);
  return Object.entries(properties).flatMap(([name, described]) => {
    if (typeof described !== 'object') return [];
    const { description, ...schema } = described;
    return [
      {
        name,
        in: 'query',
        required: required.includes(name),
        ...(description !== undefined && { description }),
        schema,
      },
    ];
  });
}

function headerParameters(route: Route | PublicRoute): Parameter[] {
  const parameters: Parameter[] = [];
  if (isKeyTaken(route)) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'For 24 hours the same request with the same key gets the same answer, and nothing is done twice.',
      schema: { type: 'string', minLength: 1, maxLength: 257 },
    });
  }
  if (route.isStreamable === true) {
    parameters.push({
      name: 'Last-Event-ID',
      in: 'header',
      required: false,
      description: 'Of a stream: the last event that was received. It counts more than ?after=.',
      schema: { type: 'string', pattern: '^\\d{0,10}$' },
    });
  }
  return parameters;
}

function requestBodyOf({ body, input }: Route, schemas: DescribedSchemas): NonNullable<Operation['requestBody']> {
  const schema = input ? schemas.of(input) : {};
  return { required: body === 'required', content: { 'application/json': { schema } } };
}
