/** What a test needs of an OpenAPI document. */
export type Schema = {
  [keyword: string]: unknown;
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  additionalProperties?: boolean | Schema;
};
type Content = Record<string, { schema: Schema }>;
type Header = { required?: boolean };
type Reference = { $ref: string };
type Described = { headers: Record<string, Reference>; content?: Content };
/** `place`: where in the document it is told of, step by step. Headers by their names in lower case. */
export type Response = { place: string[]; headers: Record<string, Header>; content?: Content };
export type Operation = {
  /** `GET /v1/missions/{missionId}` */
  name: string;
  method: string;
  /** One that its address does not take. */
  otherMethod: string;
  path: string;
  /** `null`: anyone may. */
  scope: string | null;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: Schema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, Response>;
};
type Written = Pick<Operation, 'parameters' | 'requestBody'> & {
  operationId: string;
  security: Record<string, string[]>[];
  responses: Record<string, Described | Reference>;
};
export type OpenApi = {
  openapi: string;
  paths: Record<string, Record<string, Written>>;
  components: {
    schemas: Record<string, Schema>;
    headers: Record<string, Header>;
    responses: Record<string, Described>;
  };
};

/** Every method of every address that a document lists. */
export function operationsIn({ paths, components }: OpenApi): Operation[] {
  function headersOf({ headers }: Described): Response['headers'] {
    return Object.fromEntries(
      Object.entries(headers).map(([name, { $ref }]) => [name.toLowerCase(), components.headers[lastOf($ref)] ?? {}]),
    );
  }

  function responseAt(place: string[], written: Described | Reference): Response {
    if (!('$ref' in written)) return { ...written, place, headers: headersOf(written) };
    const shared = components.responses[lastOf(written.$ref)];
    if (!shared) throw new Error(`${place.join(' ')} refers to nothing`);
    return responseAt(['components', 'responses', lastOf(written.$ref)], shared);
  }

  return Object.entries(paths).flatMap(([path, at]) =>
    Object.entries(at).map(([verb, { security, responses: written, ...operation }]) => {
      const method = verb.toUpperCase();
      const otherMethod = 'put' in at ? 'PATCH' : 'PUT';
      const scope = security.flatMap((requirement) => Object.values(requirement).flat())[0] ?? null;
      const responses = Object.fromEntries(
        Object.entries(written).map(([status, response]) => [
          status,
          responseAt(['paths', path, verb, 'responses', status], response),
        ]),
      );
      return { ...operation, responses, name: `${method} ${path}`, method, otherMethod, path, scope };
    }),
  );
}

function lastOf(reference: string): string {
  return reference.split('/').at(-1) ?? '';
}

/** The codes of the problems that an operation may answer with. */
export function codesOf({ responses }: Operation): string[] {
  return Object.values(responses).flatMap(({ content = {} }) => {
    const schema = content['application/problem+json']?.schema;
    return (schema?.allOf ?? []).flatMap(({ properties }) => (properties?.['code']?.enum ?? []).map(String));
  });
}

/** Its address with these in place of its parameters; one that is not given stays a word that names nothing. */
export function addressOf({ path }: Pick<Operation, 'path'>, params: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? 'nothing');
}
