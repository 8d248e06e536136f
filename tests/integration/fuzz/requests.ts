import { createCursor } from '@flotilla/api/cursor';
import fc from 'fast-check';
import type { Example } from '../api/contract/example.ts';
import { addressOf, type OpenApi, type Operation } from '../api/contract/operations.ts';
import { LISTS } from '../api/lists.ts';
import { badBodies, strangeBodies } from './bodies.ts';
import { CONTENT_TYPES, DATES, SEGMENTS, STRINGS } from './hostile.ts';
import { positions } from './positions.ts';

/** A request as it goes out. */
export type Sent = {
  operation: Operation;
  /** What is wrong with it. */
  what: string;
  /** No answer but a refusal will do. */
  isWrong: boolean;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** An operation, and a request that it takes. */
export type Base = { operation: Operation; example: Example };

type Change = Omit<Sent, 'operation'>;

/** Requests with one thing in them that does not belong there: `isWrong`, those that have to be refused for it. */
export function requestsFor(document: OpenApi, bases: readonly Base[], isWrong: boolean): fc.Arbitrary<Sent> {
  const kinds = bases.flatMap((base) => {
    const changes = [...changesOf(base), ...bodyChangesOf(document, base)].filter(
      (change) => change.isWrong === isWrong,
    );
    return changes.map(({ weight, arbitrary }) => ({
      weight,
      arbitrary: arbitrary.map((change): Sent => ({ operation: base.operation, ...change })),
    }));
  });
  return fc.oneof(...kinds);
}

type Kind = { isWrong: boolean; weight: number; arbitrary: fc.Arbitrary<Change> };

/** What is asked for as it should be. */
function good({ operation, example }: Base): Change {
  const { params = {}, query, body, headers = {} } = example;
  return {
    what: 'nothing',
    isWrong: false,
    path: `${addressOf(operation, params)}${query === undefined ? '' : `?${query}`}`,
    headers: { ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

/** What is longer would be refused as a header, whatever it is. */
const ADDRESS_MAX_CHARS = 1_200;
const short = STRINGS.filter(({ length }) => length <= ADDRESS_MAX_CHARS);
const text = fc.oneof(fc.constantFrom(...short), fc.string({ unit: 'binary', maxLength: 50 }));

/** What is wrong with its address, its query and its headers. */
function changesOf(base: Base): Kind[] {
  const { operation, example } = base;
  const { scope, parameters } = operation;
  const asked = good(base);
  const path = addressOf(operation, example.params ?? {});
  const kind = (isWrong: boolean, arbitrary: fc.Arbitrary<Partial<Change>>): Kind => ({
    isWrong,
    weight: 1,
    arbitrary: arbitrary.map((change) => ({ ...asked, ...change, isWrong })),
  });
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const places = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  const segment = fc.oneof(
    fc.constantFrom(...SEGMENTS),
    text.map(encode).filter((encoded) => encoded !== ''),
  );
  const kinds = [
    kind(false, fc.constant({})),
    kind(
      false,
      fc
        .dictionary(fc.constantFrom('x-request-id', 'accept-language', 'idempotency-key', 'last-event-id'), visible)
        .map((headers) => ({ what: 'headers', headers: { ...asked.headers, ...headers } })),
    ),
    ...places.map((name) =>
      kind(
        // A name that was made up may have been given to something meanwhile; no id has.
        name.endsWith('Id'),
        segment.map((value) => ({
          what: `a path with ${name}=${value}`,
          path: addressOf(operation, { ...example.params, [name]: value }),
        })),
      ),
    ),
    ...query.map(({ name, schema }) =>
      kind(
        name === 'cursor',
        (schema['format'] === undefined ? text : fc.oneof(fc.constantFrom(...DATES), text)).map((value) => ({
          what: `${name} (${String(schema.type)})`,
          path: `${path}?${encode(name)}=${encode(value)}`,
        })),
      ),
    ),
  ];
  if (query.some(({ name }) => name === 'cursor')) {
    const list = LISTS[operation.name];
    if (!list) throw new Error(`say in lists.ts what the cursors of ${operation.name} are of`);
    const forged = positions.map((position) => ({
      what: `a cursor that was sealed with ${JSON.stringify(position).slice(0, 200)}`,
      path: `${path}?cursor=${createCursor(list, position)}`,
    }));
    kinds.push(kind(false, forged));
  }
  if (scope === null) return kinds.filter((change) => !change.isWrong);
  const unknown = text.filter((name) => !query.some((parameter) => parameter.name === name));
  return [
    ...kinds,
    kind(
      true,
      unknown.map((name) => ({ what: 'an unknown parameter', path: `${path}?${encode(name)}=1` })),
    ),
    ...query.map(({ name }) => kind(true, fc.constant({ what: `${name} twice`, path: `${path}?${name}=1&${name}=1` }))),
    kind(
      true,
      visible.map((value) => ({ what: 'no key', headers: { ...asked.headers, authorization: value } })),
    ),
  ];
}

/** What may stand in a header at all. */
const visible = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 300,
});

/** What is wrong with its body. */
function bodyChangesOf(document: OpenApi, base: Base): Kind[] {
  const { operation, example } = base;
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema) return [];
  const asked = good(base);
  const types = fc.constantFrom(...CONTENT_TYPES);
  const judgedDownTo = operation.path.endsWith('/batch') ? 1 : Number.POSITIVE_INFINITY;
  const site = { document, schema, body: example.body ?? {}, judgedDownTo };
  return [
    { isWrong: true, weight: 10, arbitrary: badBodies(site).map((change) => ({ ...asked, ...change, isWrong: true })) },
    {
      isWrong: false,
      weight: 10,
      arbitrary: strangeBodies(site).map((change) => ({ ...asked, ...change, isWrong: false })),
    },
    {
      isWrong: true,
      weight: 1,
      arbitrary: types.map((type) => ({
        ...asked,
        what: `a body of ${type}`,
        headers: { ...asked.headers, 'content-type': type },
        body: asked.body ?? '{}',
        isWrong: true,
      })),
    },
  ];
}

/** Percent-encoded; half of a surrogate pair as the bytes that a careless encoder makes of it. */
function encode(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : '%ED%A0%80';
}
