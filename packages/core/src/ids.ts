import { randomUUIDv7 } from 'node:crypto';

/** What an id belongs to, and the prefix that says so wherever the id is seen. */
const PREFIXES = {
  account: 'acc',
  apiKey: 'key',
  agent: 'agt',
  mission: 'mis',
  session: 'ses',
  answer: 'ans',
  worker: 'wrk',
  endpoint: 'whe',
  delivery: 'dlv',
  event: 'evt',
} as const;

export type IdKind = keyof typeof PREFIXES;

/**
 * A new id: prefix, underscore, UUIDv7 without dashes (RFC 9562 §5.7). Ids sort by time of creation
 * (to the millisecond), hold no `:` (BullMQ refuses it in job ids), and are never all digits (BullMQ refuses that too).
 */
export function createId(kind: IdKind): string {
  return `${PREFIXES[kind]}_${randomUUIDv7().replaceAll('-', '')}`;
}

/** Whether `value` has the form of an id of this kind; says nothing about whether the thing exists. */
export function isId(kind: IdKind, value: string): boolean {
  return value.startsWith(`${PREFIXES[kind]}_`) && /^[0-9a-f]{32}$/.test(value.slice(PREFIXES[kind].length + 1));
}

/** An id of this kind that sorts before all that are made at `at` or later, and after all that were made earlier. */
export function firstIdAt(kind: IdKind, at: Date): string {
  const timestamp = Math.max(at.getTime(), 0).toString(16).padStart(12, '0');
  return `${PREFIXES[kind]}_${timestamp.padEnd(32, '0')}`;
}
