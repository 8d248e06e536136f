import { approvalAnswerSchema, budgetRaiseSchema } from '@flotilla/core';
import packageJson from '../../package.json' with { type: 'json' };
import type { PublicRoute, Route } from '../routes/route.ts';
import { problemView } from '../views/problem.ts';
import { ANSWER_HEADERS, type Header } from './headers.ts';
import { describeOperation, type Operation, schemasOf, toTemplate } from './operation.ts';
import { createProblemResponses, type Response } from './responses.ts';
import { describeSchemas, type JsonSchema } from './schemas.ts';

type SecurityScheme =
  | { type: 'http'; scheme: 'bearer'; description: string }
  | { type: 'apiKey'; in: 'query'; name: string; description: string };

export type OpenApiDocument = {
  openapi: string;
  info: { title: string; version: string; summary: string; description: string; license: { name: string } };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Readonly<Record<string, JsonSchema>>;
    headers: Readonly<Record<string, Header>>;
    responses: Readonly<Record<string, Response>>;
    securitySchemes: Record<string, SecurityScheme>;
  };
};

/** What holds of every route. Each paragraph is one of the page too. */
const DESCRIPTION = [
  'Every answer is JSON in camelCase, and times are ISO 8601 in UTC. Fields may be added to answers; a request with a field or a parameter that is not known is refused.',
  'Send an API key as Authorization: Bearer fl_live_…; each route names the scope that the key needs.',
  'Every error is application/problem+json (RFC 9457) with a code, which never changes its meaning; new ones may come. X-Request-Id names a request in the logs.',
  'A list answers with data, hasMore and nextCursor; pass nextCursor back as ?cursor= for the next page.',
].join('\n\n');

/** No reply or request of a route holds them, but they are what an answer is judged by. */
const OF_ANSWERS = [approvalAnswerSchema, budgetRaiseSchema];

/**
 * The API as OpenAPI 3.1 has it, made of the schemas that its routes read requests with and describe their answers by.
 * @throws {Error} for a schema that cannot be described
 */
export function createDocument(all: readonly (Route | PublicRoute)[]): OpenApiDocument {
  const described = all.flatMap((route) => schemasOf(route).flatMap((schema) => schema ?? []));
  const schemas = describeSchemas([problemView, ...OF_ANSWERS, ...described]);
  const problems = createProblemResponses();
  const paths: OpenApiDocument['paths'] = {};
  for (const [path, routes] of Map.groupBy(all, (route) => toTemplate(route.path))) {
    paths[path] = Object.fromEntries(
      routes.map((route) => [route.method.toLowerCase(), describeOperation(route, { schemas, problems })]),
    );
  }
  const tags = new Set(Object.values(paths).flatMap((at) => Object.values(at).flatMap(({ tags: own }) => own)));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Flotilla',
      version: packageJson.version,
      summary: 'Durable execution of LLM agent missions.',
      description: DESCRIPTION,
      license: { name: packageJson.license },
    },
    servers: [{ url: '/' }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.components,
      headers: ANSWER_HEADERS,
      responses: problems.components,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, fl_live_…, with the scope of the route.' },
        missionToken: {
          type: 'apiKey',
          in: 'query',
          name: 'token',
          description: 'A token of this mission, fl_tok_…, for browsers; alone, without a key beside it.',
        },
      },
    },
  };
}
