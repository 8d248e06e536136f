import { createHash } from 'node:crypto';
import { type IdKind, isId } from '@flotilla/core';
import { z } from 'zod';
import { ProblemError } from './problem.ts';

/** What a cursor belongs to: one of a list is of no use to another. */
export type CursorKind =
  | 'missions'
  | 'sessions'
  | 'agents'
  | 'agent_versions'
  | 'steps'
  | 'events'
  | 'usage'
  | 'webhook_endpoints'
  | 'webhook_deliveries'
  | 'webhook_attempts'
  | 'inbox'
  | 'files'
  | 'log'
  | 'api_keys';

const CHECK_CHARS = 6;
const cursorSchema = z.tuple([z.string(), z.union([z.string(), z.int().min(0)]), z.string()]);

/**
 * Where a page ended, as text that clients hand back and do not look into: kind, position and a checksum. The checksum
 * finds cursors that were cut or made up. It is no secret: whoever forges one only sees another page of their own.
 */
export function createCursor(kind: CursorKind, position: string | number): string {
  return Buffer.from(JSON.stringify([kind, position, checkOf(kind, position)])).toString('base64url');
}

/** @throws {ProblemError} `invalid_cursor` */
export function readCursor(kind: CursorKind, cursor: string): string | number {
  const [foundKind, position, check] = parse(cursor) ?? [];
  if (position === undefined || foundKind !== kind || check !== checkOf(kind, position)) {
    throw new ProblemError('invalid_cursor', 'Send nextCursor of the page before, unchanged, or no cursor at all.');
  }
  return position;
}

/**
 * The id after which a page of a list begins; `null`: without a cursor, it is the first.
 * @throws {ProblemError} `invalid_cursor`
 */
export function readIdCursor(options: { list: CursorKind; of: IdKind; cursor: string | undefined }): string | null {
  if (options.cursor === undefined) return null;
  const position = readCursor(options.list, options.cursor);
  if (typeof position === 'string' && isId(options.of, position)) return position;
  throw new ProblemError('invalid_cursor', `The cursor names no ${options.of}.`);
}

function parse(cursor: string) {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}

function checkOf(kind: CursorKind, position: string | number): string {
  return createHash('sha256')
    .update(`${kind} ${JSON.stringify(position)}`)
    .digest('base64url')
    .slice(0, CHECK_CHARS);
}
