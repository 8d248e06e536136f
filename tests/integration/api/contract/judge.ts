import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from '../fixture.ts';
import type { OpenApi, Operation } from './operations.ts';

/** What is wrong with an answer by the document; empty: nothing. */
export type Judge = (operation: Operation, answer: Answer) => string[];

const ID = 'flotilla';

/** Holds answers to a document, more strictly than a client should: a field that it does not tell of is a complaint. */
export function createJudge(document: OpenApi): Judge {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(close(structuredClone(document)), ID);
  const validators = new Map<string, ValidateFunction>();

  function validatorOf(pointer: string): ValidateFunction {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `${ID}#${pointer}` });
    validators.set(pointer, known);
    return known;
  }

  return function judge({ method, path, responses }, { status, headers, text, body }) {
    const response = responses[status];
    if (!response) return [`answered ${status}, which it does not tell of: ${text}`];
    const [media = ''] = (headers.get('content-type') ?? '').split(';');
    if (response.content === undefined) return text === '' ? [] : [`answered ${status} with a body`];
    if (!response.content[media]) return [`answered ${status} in ${media}, which it does not tell of`];
    if (!media.endsWith('json')) return [];
    const steps = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', media, 'schema'];
    const validate = validatorOf(`/${steps.map(escape).join('/')}`);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${status} ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

function escape(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Objects that may have more fields than they are described with have no more. */
function close<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) close(inner);
  if ('type' in value && value.type === 'object' && 'properties' in value && !('additionalProperties' in value)) {
    Object.assign(value, { additionalProperties: false });
  }
  return value;
}
