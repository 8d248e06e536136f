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
export type Operation = {
  /** `GET /v1/missions/{missionId}` */
  name: string;
  method: string;
  path: string;
  /** `null`: anyone may. */
  scope: string | null;
  parameters: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: Schema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
};
export type OpenApi = {
  openapi: string;
  paths: Record<string, Record<string, Omit<Operation, 'name' | 'method' | 'path' | 'scope'> & Secured>>;
  components: { schemas: Record<string, Schema> };
};
type Secured = { security: Record<string, string[]>[]; operationId: string };

/** Every method of every address that a document lists. */
export function operationsIn({ paths }: OpenApi): Operation[] {
  return Object.entries(paths).flatMap(([path, at]) =>
    Object.entries(at).map(([verb, { security, ...operation }]) => {
      const method = verb.toUpperCase();
      const scope = security.flatMap((requirement) => Object.values(requirement).flat())[0] ?? null;
      return { ...operation, name: `${method} ${path}`, method, path, scope };
    }),
  );
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
