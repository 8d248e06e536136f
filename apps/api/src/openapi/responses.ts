import { STATUS_CODES } from 'node:http';
import { REQUEST_CODES, type RequestCode } from '@flotilla/core';
import { type PublicRoute, type Route, takesKey } from '../routes/route.ts';
import { type AnswerHeader, headersOfProblems, OF_LIMITS, referTo } from './headers.ts';
import { problemCodesOf } from './problem-codes.ts';
import type { DescribedSchemas, JsonSchema } from './schemas.ts';

export type Content = Record<string, { schema: JsonSchema }>;
export type Reference = { $ref: string };
export type Response = { description: string; headers: Record<string, Reference>; content?: Content };
export type Responses = Record<string, Response | Reference>;

/** The problems that operations answer with: most answer with the same, and each set of codes is described once. */
export type ProblemResponses = {
  of(codes: readonly RequestCode[]): Reference;
  components: Readonly<Record<string, Response>>;
};

export const NO_CONTENT = 204;
const EVENT_STREAM = 'text/event-stream';
const RESPONSES = '#/components/responses/';

export function createProblemResponses(): ProblemResponses {
  const components: Record<string, Response> = {};
  return {
    components,
    of(codes) {
      const name = codes.join('.');
      components[name] ??= describeProblems(codes);
      return { $ref: `${RESPONSES}${name}` };
    },
  };
}

/** @throws {Error} for a reference to what is not there */
export function resolveResponse(
  response: Response | Reference,
  components: Readonly<Record<string, Response>>,
): Response {
  if (!('$ref' in response)) return response;
  const found = components[response.$ref.replace(RESPONSES, '')];
  if (!found) throw new Error(`${response.$ref} is described nowhere`);
  return found;
}

/** All that a route answers, by status. */
export function responsesOf(
  route: Route | PublicRoute,
  options: { schemas: DescribedSchemas; problems: ProblemResponses; query: readonly string[] },
): Responses {
  const { schemas, problems, query } = options;
  const codes = problemCodesOf(route, query);
  const isLimited = codes.includes('too_many_requests');
  const replies = repliesOf(route, { schemas, headers: isLimited ? OF_LIMITS : [] });
  const responses: Responses = { ...replies };
  for (const [status, ofStatus] of Map.groupBy(codes, (code) => REQUEST_CODES[code].status)) {
    const reply = replies[status];
    responses[status] = reply ? joined(reply, describeProblems(ofStatus)) : problems.of(ofStatus);
  }
  return responses;
}

export function isKeyTaken(route: Route | PublicRoute): boolean {
  return 'scope' in route && takesKey(route);
}

function repliesOf(
  route: Route | PublicRoute,
  { schemas, headers: ofAll }: { schemas: DescribedSchemas; headers: readonly AnswerHeader[] },
): Record<string, Response> {
  const ofRoute: AnswerHeader[] = [
    ...ofAll,
    ...(route.hasLocation === true ? (['Location'] as const) : []),
    ...(isKeyTaken(route) ? (['Idempotent-Replayed'] as const) : []),
  ];
  const headers = referTo(ofRoute);
  const replies: Record<string, Response> = {};
  for (const [status, schema] of Object.entries(route.replies)) {
    replies[status] = {
      description: STATUS_CODES[status] ?? '',
      headers,
      ...(Number(status) !== NO_CONTENT && {
        content: { [route.media ?? 'application/json']: { schema: schemas.of(schema) } },
      }),
    };
  }
  if (route.isStreamable === true) {
    const content = { ...replies['200']?.content, [EVENT_STREAM]: { schema: { type: 'string' } as const } };
    replies['200'] = { description: 'OK', headers, content };
    replies['204'] = { description: 'Of a stream: there is nothing after the event that was received last.', headers };
  }
  return replies;
}

/** What a status is for, where it is one of both: the reply's own, or a problem's. */
function joined(reply: Response, problem: Response): Response {
  return {
    description: `${reply.description}. ${problem.description}`,
    headers: { ...reply.headers, ...problem.headers },
    content: { ...reply.content, ...problem.content },
  };
}

function describeProblems(codes: readonly RequestCode[]): Response {
  const description = codes.map((code) => `${code}: ${REQUEST_CODES[code].title}.`).join(' ');
  const schema: JsonSchema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: [...codes] } } }],
  };
  const content = { 'application/problem+json': { schema } };
  return { description, headers: referTo(headersOfProblems(codes)), content };
}
