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

/** Postgres `integer`, which everything numbered is. */
export const NUMBER_MAX = 2_147_483_647;
export const numberPosition = z.int().max(NUMBER_MAX);

/**
 * Where a page ended, as text that clients hand back and do not look into: kind, position and a checksum. The checksum
 * finds cursors that were cut or made up. It is no secret: whoever forges one only sees another page of their own.
 */
export function createCursor(kind: CursorKind, position: string | number): string {
  return Buffer.from(JSON.stringify([kind, position, checkOf(kind, position)])).toString('base64url');
}

/**
 * Where a page begins. `position` is all that the list could have ended a page with: one that was forged may say anything
 * else, and that is for no query.
 * @throws {ProblemError} `invalid_cursor`
 */
export function readCursor<Position extends z.ZodType>(
  kind: CursorKind,
  cursor: string,
  position: Position,
): z.output<Position> {
  const [foundKind, found, check] = parse(cursor) ?? [];
  if (found !== undefined && foundKind === kind && check === checkOf(kind, found)) {
    const read = position.safeParse(found);
    if (read.success) return read.data;
  }
  throw new ProblemError('invalid_cursor', 'Send nextCursor of the page before, unchanged, or no cursor at all.');
}

/**
 * The id after which a page of a list begins; `null`: without a cursor, it is the first.
 * @throws {ProblemError} `invalid_cursor`
 */
export function readIdCursor(options: { list: CursorKind; of: IdKind; cursor: string | undefined }): string | null {
  const { list, of, cursor } = options;
  if (cursor === undefined) return null;
  return readCursor(
    list,
    cursor,
    z.string().refine((id) => isId(of, id)),
  );
}

/** A place that takes several values to name, as the text of a list of them. */
export function positionOfParts<Parts extends z.ZodType>(parts: Parts) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' });
        return z.NEVER;
      }
    })
    .pipe(parts);
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
