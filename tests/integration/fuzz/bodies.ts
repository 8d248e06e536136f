import fc from 'fast-check';
import type { OpenApi, Schema } from '../api/contract/operations.ts';
import { BODIES, DATES, PROTOTYPE_KEYS, RAW_NUMBERS, STRINGS, UNSTORABLE, VALUES } from './hostile.ts';
import { type Site, sitesOf, valueAt, withValue } from './sites.ts';

/** A body that is taken, and what the document says of it. */
export type Body = {
  document: OpenApi;
  schema: Schema;
  body: unknown;
  /** What lies deeper is judged by itself, and refused by itself. */
  judgedDownTo: number;
};
type Change = { what: string; body: string };

/** Bodies that have to be refused: one place in each is not what the document says of it. */
export function badBodies({ document, schema, body, judgedDownTo }: Body): fc.Arbitrary<Change> {
  const sites = sitesOf(document, schema).filter(({ path }) => path.length <= judgedDownTo);
  const atSites = sites.flatMap((site) => faultsOf(site, valueAt(body, site.path)).map((fault) => ({ site, fault })));
  const ofSites = atSites.map(({ site, fault }) =>
    fault.values.map((value) => ({
      what: `/${site.path.join('/')} ${fault.what}`,
      body: toText(withValue(body, site.path, value)),
    })),
  );
  return fc.oneof(
    { weight: 20, arbitrary: fc.oneof(...ofSites) },
    { weight: 1, arbitrary: fc.constantFrom(...BODIES).map((text) => ({ what: 'no such body', body: text })) },
  );
}

/** Bodies with anything at all in one place: some of them are good. */
export function strangeBodies({ document, schema, body }: Body): fc.Arbitrary<Change> {
  const anything = fc.oneof(
    fc.constantFrom(...STRINGS),
    fc.string({ unit: 'binary' }),
    fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(...VALUES.map(([, value]) => value)),
  );
  const ofDates = fc.oneof(fc.constantFrom(...DATES), anything);
  return fc.constantFrom(...sitesOf(document, schema)).chain(({ path, schema: { format } }) =>
    (format === undefined ? anything : ofDates).map((value) => ({
      what: `something in /${path.join('/')}`,
      body: toText(withValue(body, path, value)),
    })),
  );
}

type Fault = { what: string; values: fc.Arbitrary<unknown> };

/** What a place must not hold. */
function faultsOf({ schema, types, path }: Site, present: unknown): Fault[] {
  const faults: Fault[] = [
    { what: 'with a number that is none', values: fc.constantFrom(...RAW_NUMBERS) },
    { what: 'too deep', values: fc.integer({ min: 40, max: 2_000 }).map(nested) },
  ];
  const key = fc.constantFrom(...PROTOTYPE_KEYS);
  faults.push({ what: 'with a key into a prototype', values: key.map((name) => Object.fromEntries([[name, {}]])) });
  if (types !== null) {
    const foreign = VALUES.filter(([type]) => !types.has(type) && !(type === 'integer' && types.has('number')));
    // What may be anything is of no other type.
    if (foreign.length > 0) {
      faults.push({ what: 'of another type', values: fc.constantFrom(...foreign.map(([, value]) => value)) });
    }
  }
  if (types?.has('string') === true && path.length > 0) {
    const around = fc.string({ maxLength: 10 });
    const unstorable = fc.tuple(around, fc.constantFrom(...UNSTORABLE), around).map((parts) => parts.join(''));
    faults.push({ what: 'with what cannot be stored', values: unstorable });
  }
  return [...faults, ...boundsOf(schema), ...keysOf(schema, present)];
}

/** Beyond the limits that the document names. */
function boundsOf(schema: Schema): Fault[] {
  const bound = (name: string) => (typeof schema[name] === 'number' ? schema[name] : undefined);
  const [maxLength, minimum, maximum, maxItems] = ['maxLength', 'minimum', 'maximum', 'maxItems'].map(bound);
  const faults: Fault[] = [];
  if (maxLength !== undefined) faults.push({ what: 'too long', values: fc.constant('x'.repeat(maxLength + 1)) });
  if (minimum !== undefined) faults.push({ what: 'too small', values: fc.constantFrom(minimum - 1, -1e15) });
  if (maximum !== undefined) faults.push({ what: 'too large', values: fc.constantFrom(maximum + 1, 1e15) });
  if (maxItems !== undefined) faults.push({ what: 'too many', values: fc.constant(Array(maxItems + 1).fill('x')) });
  if (schema.type === 'integer') faults.push({ what: 'a fraction', values: fc.constantFrom(1.5, 0.1, 1e-7) });
  if (schema.enum) {
    const word = fc.string({ minLength: 1 }).filter((text) => schema.enum?.includes(text) === false);
    faults.push({ what: 'none of the words', values: word });
  }
  return faults;
}

/** Keys that do not belong into an object, and those that it lacks. */
function keysOf(schema: Schema, present: unknown): Fault[] {
  if (schema.type !== 'object' || schema.properties === undefined) return [];
  const known = new Set(Object.keys(schema.properties));
  const own = typeof present === 'object' && present !== null ? present : {};
  const faults: Fault[] = [];
  if (schema.additionalProperties === false) {
    const name = fc.oneof(fc.constantFrom(...STRINGS), fc.string()).filter((text) => !known.has(text));
    faults.push({
      what: 'with an unknown field',
      values: name.map((text) => Object.fromEntries([...Object.entries(own), [text, 1]])),
    });
  }
  const { required = [] } = schema;
  if (required.length > 0) {
    faults.push({
      what: 'without what it needs',
      values: fc.constantFrom(...required).map((name) => ({ ...own, [name]: undefined })),
    });
  }
  return faults;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

function toText(body: unknown): string {
  return JSON.stringify(body).replace(/"@@([^"@]*)@@"/g, '$1');
}
