import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from '../fixture.ts';
import type { OpenApi, Operation, Response } from './operations.ts';

/** What is wrong with an answer by the document; empty: nothing. */
export type Judge = (operation: Operation, answer: Answer) => string[];

const ID = 'flotilla';

/** What HTTP itself has, and what is for browsers and proxies alone: the document tells of none of it. */
const UNTOLD = new Set([
  'cache-control',
  'connection',
  'content-disposition',
  'content-length',
  'content-security-policy',
  'content-type',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'date',
  'keep-alive',
  'origin-agent-cluster',
  'referrer-policy',
  'strict-transport-security',
  'transfer-encoding',
  'vary',
  'x-accel-buffering',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-xss-protection',
]);

/**
 * Holds answers to a document, more strictly than a client should: a field or a header that it does not tell of is a
 * complaint.
 */
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

  function judgeBody({ place, content }: Response, { status, headers, text, body }: Answer): string[] {
    const [media = ''] = (headers.get('content-type') ?? '').split(';');
    if (content === undefined) return text === '' ? [] : [`answered ${status} with a body`];
    if (!content[media]) return [`answered ${status} in ${media}, which it does not tell of`];
    if (!media.endsWith('json')) return [];
    const validate = validatorOf(`/${[...place, 'content', media, 'schema'].map(escape).join('/')}`);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${status} ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  return function judge({ responses }, answer) {
    const { status, text } = answer;
    const response = responses[status];
    if (!response) return [`answered ${status}, which it does not tell of: ${text}`];
    return [...judgeHeaders(response, answer), ...judgeBody(response, answer)];
  };
}

function judgeHeaders({ headers: told }: Response, { status, headers }: Answer): string[] {
  const strange = [...headers.keys()].filter((name) => !UNTOLD.has(name) && !told[name]);
  const missing = Object.keys(told).filter((name) => told[name]?.required === true && !headers.has(name));
  return [
    ...strange.map((name) => `answered ${status} with ${name}, which it does not tell of`),
    ...missing.map((name) => `answered ${status} without ${name}`),
  ];
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
