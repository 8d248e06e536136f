import { createHash } from 'node:crypto';
import type { Steps } from '../body/slices.ts';

/** What tells two payloads of a key apart: the address and the value of the body, however that was spelled. */
export function* fingerprintOf(path: string, body: unknown): Steps<string> {
  const hash = createHash('sha256').update(`${path}\n`);
  for (const part of partsOf(body)) {
    hash.update(part);
    yield;
  }
  return hash.digest('base64url');
}

/** The body as text, its fields in order. Of its long field, as the missions of a batch are one, element by element. */
function* partsOf(body: unknown): Generator<string> {
  if (!isObject(body)) {
    yield textOf(body);
    return;
  }
  let before = '{';
  for (const [key, value] of Object.entries(inOrder(body))) {
    yield `${before}${JSON.stringify(key)}:`;
    before = ',';
    if (Array.isArray(value)) yield* partsOfList(value);
    else yield textOf(value);
  }
  yield before === '{' ? '{}' : '}';
}

function* partsOfList(list: readonly unknown[]): Generator<string> {
  for (const [index, element] of list.entries()) yield `${index === 0 ? '[' : ','}${textOf(element)}`;
  yield list.length === 0 ? '[]' : ']';
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? inOrder(inner) : inner)) ?? '';

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inOrder(value: object): object {
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
