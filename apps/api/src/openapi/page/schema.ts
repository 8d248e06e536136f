import type { JsonSchema } from '../schemas.ts';
import { type Content, type Html, html } from './html.ts';

const COMPONENT = /^#\/components\/schemas\/(\w+)$/;

/** What it may be, in a line: `string`, `array of Step`, `string or null`. */
export function typeOf(schema: JsonSchema): Content {
  const [, component] = COMPONENT.exec(schema.$ref ?? '') ?? [];
  if (component !== undefined) return html`<a href="#schema-${component}">${component}</a>`;
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return between(forms.map(typeOf), ' or ');
  const words = schema.enum?.map((value) => html`<code>${JSON.stringify(value)}</code>`);
  if (words) return between(words, ' or ');
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (isSchema(schema.items)) return ['array of ', typeOf(schema.items)];
  if (schema.type === 'object' && !schema.properties && isSchema(schema.additionalProperties)) {
    return ['object of ', typeOf(schema.additionalProperties)];
  }
  const types = [schema.type ?? 'any JSON'].flat();
  return schema.format === undefined ? types.join(' or ') : `${types.join(' or ')} (${schema.format})`;
}

/** The fields of an object, those of objects in it below theirs. Of anything else: nothing. */
export function fieldsOf(schema: JsonSchema): Html | null {
  const { properties, required = [] } = objectIn(schema) ?? {};
  const fields = Object.entries(properties ?? {}).flatMap(([name, field]) =>
    isSchema(field) ? [{ name, field }] : [],
  );
  if (fields.length === 0) return null;
  const rows = fields.map(
    ({ name, field }) =>
      html`<dt><code>${name}</code> <span class="type">${typeOf(field)}</span>${required.includes(name) ? html` <em>required</em>` : null}</dt>
<dd>${sentencesOf(field)}${fieldsOf(field)}</dd>
`,
  );
  return html`<dl>${rows}</dl>`;
}

/** Its description and its limits. */
function sentencesOf(schema: JsonSchema): Content {
  const limits = limitsOf(schema);
  const sentences = [schema.description, limits.length > 0 ? `${limits.join(', ')}.` : undefined];
  const text = sentences.filter((sentence) => sentence !== undefined).join(' ');
  return text === '' ? null : html`<p>${text}</p>`;
}

/** In words: `at least 1`, `at most 100 characters`, `default 20`. */
export function limitsOf(schema: JsonSchema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const bounds: [string, number | undefined, string][] = [
    ['at least', minimum, ''],
    ['at most', maximum, ''],
    // One that is not empty need not be told so.
    ['at least', minLength === 1 ? undefined : minLength, ' characters'],
    ['at most', maxLength, ' characters'],
    ['at least', minItems, ' items'],
    ['at most', maxItems, ' items'],
  ];
  return [
    ...bounds.flatMap(([word, bound, unit]) =>
      bound === undefined ? [] : `${word} ${bound.toLocaleString('en-US')}${unit}`,
    ),
    ...(pattern === undefined ? [] : [`like ${pattern}`]),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
  ];
}

/** The object whose fields are worth showing where it stands: itself, an item of it, or what it is when it is not null. */
function objectIn(schema: JsonSchema): JsonSchema | null {
  if (schema.properties) return schema;
  if (isSchema(schema.items)) return objectIn(schema.items);
  const forms = (schema.anyOf ?? schema.allOf ?? []).map(objectIn).filter((form) => form !== null);
  return forms.length === 1 ? (forms[0] ?? null) : null;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function between(contents: readonly Content[], separator: string): Content {
  return contents.flatMap((content, index): Content[] => (index === 0 ? [content] : [separator, content]));
}
