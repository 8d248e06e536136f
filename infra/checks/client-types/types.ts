import type { JsonSchema, OpenApiDocument, Operation } from './document.ts';
import { toComment, toMember, toType } from './schema-type.ts';

const HEAD = `// Made of the API's own document (/openapi.json) by \`npm run client:types\`. Not to be edited.\n`;

/** What the client has to do with. The rest is for people and for load balancers. */
const OF_CLIENTS = '/v1/';

/** The types of everything that goes over the wire, and of every route what it takes and answers. */
export function generateTypes({ paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith(OF_CLIENTS))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses, ...rest }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        operation: { ...rest, responses: resolved(responses, components.responses) },
      })),
    );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `${toComment(schema.description)}export type ${name} = ${toType(schema)};\n`,
  );
  const codes = [...new Set(operations.flatMap(({ operation }) => codesOf(operation)))].toSorted();
  const namesOf = (is: (operation: Operation) => boolean) =>
    operations.filter(({ operation }) => is(operation)).map(({ name }) => name);
  return indented(
    [
      HEAD,
      ...schemas,
      `/** The codes of problems; docs/codes.md says what to do about each. */\nexport type ProblemCode =\n${codes.map((code) => `| ${quoted(code)}`).join('\n')};\n`,
      `/** Of every route, what it takes and what it answers. */\nexport type Operations = {\n${operations.map(toOperation).join('')}};\n`,
      `/** The routes that take an Idempotency-Key. */\n${toList('REPEATABLE', namesOf(isRepeatable))}`,
      `/** The routes that a browser's token opens too. */\n${toList('READABLE_BY_TOKEN', namesOf(takesToken))}`,
      `/** The routes that answer with bytes. */\n${toList('BINARY', namesOf(isBinary))}`,
    ].join('\n'),
  );
}

function resolved(responses: Operation['responses'], shared: Operation['responses'] = {}): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      response.$ref === undefined ? response : (shared[response.$ref.replace('#/components/responses/', '')] ?? {}),
    ]),
  );
}

function toOperation({ name, operation }: { name: string; operation: Operation }): string {
  const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query');
  const body = operation.requestBody;
  const members = [
    ...(inPath.length > 0 ? [toMember({ name: 'params', type: toParameters(inPath), isRequired: true })] : []),
    ...(inQuery.length > 0
      ? [toMember({ name: 'query', type: toParameters(inQuery), isRequired: inQuery.some(({ required }) => required) })]
      : []),
    ...(body ? [toMember({ name: 'body', type: toType(jsonIn(body.content) ?? {}), isRequired: body.required })] : []),
    toMember({ name: 'reply', type: toReply(operation), isRequired: true }),
  ];
  return `${toComment(operation.summary)}${quoted(name)}: {\n${members.join('')}};\n`;
}

function toParameters(parameters: Operation['parameters']): string {
  const members = parameters.map(({ name, required, description, schema }) =>
    toMember({ name, type: toType(schema), isRequired: required, comment: description }),
  );
  return `{\n${members.join('')}}`;
}

/** What it answers where it answers what was asked for; without a body, nothing. */
function toReply({ responses }: Pick<Operation, 'responses'>): string {
  const schemas = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, { content }]) => (content ? (jsonIn(content) ?? {}) : []));
  if (isBinary({ responses })) return 'Uint8Array<ArrayBuffer>';
  const types = [...new Set(schemas.map(toType))];
  return types.length === 0 ? 'undefined' : types.join(' | ');
}

function jsonIn(content: Record<string, { schema: JsonSchema }>): JsonSchema | undefined {
  return content['application/json']?.schema;
}

function codesOf({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ content }) =>
    (content?.['application/problem+json']?.schema.allOf ?? []).flatMap(
      ({ properties }) => properties?.['code']?.enum?.map(String) ?? [],
    ),
  );
}

function isRepeatable({ parameters }: Operation): boolean {
  return parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key');
}

function takesToken({ security = [] }: Operation): boolean {
  return security.some((way) => 'missionToken' in way);
}

/** Whether it answers anything else than JSON. */
function isBinary({ responses }: Pick<Operation, 'responses'>): boolean {
  return Object.entries(responses).some(
    ([status, { content }]) => status.startsWith('2') && content !== undefined && jsonIn(content) === undefined,
  );
}

function toList(name: string, values: readonly string[]): string {
  return `export const ${name}: readonly string[] = [\n${values.map((value) => `${quoted(value)},\n`).join('')}];\n`;
}

function quoted(text: string): string {
  return `'${text}'`;
}

/** Two blanks for each brace or bracket that is open at the end of a line. */
function indented(text: string): string {
  let depth = 0;
  const lines = text.split('\n').map((line) => {
    if (/^[}\]]/.test(line)) depth -= 1;
    const indent = line === '' ? '' : '  '.repeat(line.startsWith('|') ? depth + 1 : depth);
    if (/[{[]$/.test(line)) depth += 1;
    return `${indent}${line}`;
  });
  return lines.join('\n');
}
