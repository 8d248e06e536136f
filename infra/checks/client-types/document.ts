/** As much of JSON Schema (2020-12) as the API's document has. */
export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: boolean | JsonSchema;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
};

type Content = Record<string, { schema: JsonSchema }>;

/** `$ref`: one of those that operations share. */
type Response = { $ref?: string; content?: Content };

export type Operation = {
  summary: string;
  /** Each a way to say who asks. */
  security?: Record<string, string[]>[];
  parameters: { name: string; in: string; required: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, Response>;
};

/** As much of OpenAPI 3.1 as the API's document has. */
export type OpenApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; responses?: Record<string, Response> };
};
