import {
  API_KEY_NAME_MAX_CHARS,
  isId,
  KEY_OVERLAP_DEFAULT_SECONDS,
  KEY_OVERLAP_MAX_SECONDS,
  momentSchema,
  SCOPES,
  storableText,
} from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { noQuery, pageQuery, readInput, readOptionalInput, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { apiKeyView, madeApiKeyView, rotatedApiKeyView, toApiKeyView, toMadeApiKeyView } from '../views/api-key.ts';
import { pageOf, toPage } from '../views/page.ts';
import { toTime } from '../views/time.ts';
import type { Call, Route } from './route.ts';

const newKey = z.strictObject({
  name: storableText(API_KEY_NAME_MAX_CHARS),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  // This process's clock only finds slips of the pen. When a key has expired the database says, whenever it is looked up.
  expiresAt: momentSchema.refine((at) => at.getTime() > Date.now(), { error: 'must lie in the future' }).optional(),
});
const rotation = z.strictObject({
  overlapSeconds: z.int().min(0).max(KEY_OVERLAP_MAX_SECONDS).default(KEY_OVERLAP_DEFAULT_SECONDS),
});

/**
 * `POST /v1/api-keys`, `GET /v1/api-keys?limit=&cursor=` (newest first), `POST /v1/api-keys/:keyId/rotate`,
 * `DELETE /v1/api-keys/:keyId`. No answer but that of making one holds a key. None is kept for an Idempotency-Key, which
 * these refuse: kept sealed for a day, a key could be had again from what is stored, and nowhere else can it.
 */
export function apiKeyRoutes({ db }: { db: Pick<Database, 'keys'> }): Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/api-keys',
      summary: 'Makes an API key, which is shown this once.',
      scope: 'keys:admin',
      body: 'required',
      input: newKey,
      replies: { 201: madeApiKeyView },
      problems: ['too_many_keys'],
      async handle({ accountId, scopes: own, query, body }) {
        readQuery(noQuery, query);
        const { name, scopes, expiresAt } = readInput(newKey, body);
        checkOwn(own, scopes);
        const made = await db.keys.create({
          accountId,
          name,
          scopes: SCOPES.filter((scope) => scopes.includes(scope)),
          ...(expiresAt !== undefined && { expiresAt }),
        });
        return { status: 201, body: toMadeApiKeyView(made) };
      },
    },
    {
      method: 'GET',
      path: '/v1/api-keys',
      summary: 'The API keys of the account, the newest first.',
      scope: 'keys:admin',
      query: pageQuery,
      replies: { 200: pageOf(apiKeyView) },
      async handle({ accountId, query }) {
        const { limit, cursor } = readQuery(pageQuery, query);
        const before = readIdCursor({ list: 'api_keys', of: 'apiKey', cursor });
        const rows = await db.keys.list({ accountId, before, limit: limit + 1 });
        return {
          status: 200,
          body: toPage({ kind: 'api_keys', rows, limit, view: toApiKeyView, positionOf: ({ id }) => id }),
        };
      },
    },
    {
      method: 'POST',
      path: '/v1/api-keys/:keyId/rotate',
      summary: 'Makes a key in place of another, which goes on for a while beside it.',
      problems: ['key_replaced', 'too_many_keys'],
      scope: 'keys:admin',
      body: 'optional',
      input: rotation,
      replies: { 201: rotatedApiKeyView },
      async handle({ accountId, scopes: own, params, query, body }) {
        readQuery(noQuery, query);
        const { overlapSeconds } = readOptionalInput(rotation, body);
        const keyId = keyIdOf(params);
        const old = await db.keys.read({ accountId, keyId });
        if (!old) throw keyNotFound();
        checkOwn(own, old.scopes);
        const rotated = await db.keys.rotate({ accountId, keyId, overlapSeconds });
        if (!rotated) throw whyNotRotated(await db.keys.read({ accountId, keyId }));
        const replaces = { id: keyId, expiresAt: toTime(rotated.oldExpiresAt) };
        return { status: 201, body: { ...toMadeApiKeyView(rotated), replaces } };
      },
    },
    {
      method: 'DELETE',
      path: '/v1/api-keys/:keyId',
      summary: 'Revokes an API key: within 5 s it is refused, and its streams end.',
      scope: 'keys:admin',
      replies: { 204: z.null() },
      async handle({ accountId, params, query }) {
        readQuery(noQuery, query);
        if (!(await db.keys.revoke({ accountId, keyId: keyIdOf(params) }))) throw keyNotFound();
        return { status: 204, body: null };
      },
    },
  ];
}

/**
 * A key hands on no more than it has itself: neither to a new key, nor by having one shown that may do more.
 * @throws {ProblemError} `missing_scope`
 */
function checkOwn(own: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.filter((scope) => !own.includes(scope));
  if (missing.length === 0) return;
  const detail = `A key can only make keys with scopes that it has itself; this one lacks ${missing.join(', ')}.`;
  throw new ProblemError('missing_scope', detail, { members: { scope: missing } });
}

/** What cannot be an id finds nothing: no query is spent on it. */
function keyIdOf(params: Call['params']): string {
  const id = params['keyId'] ?? '';
  if (!isId('apiKey', id)) throw keyNotFound();
  return id;
}

function keyNotFound(): ProblemError {
  return new ProblemError('not_found', 'There is no API key with this id.');
}

/** One that is over has no successor: what it may do, a new one may. */
function whyNotRotated(key: { replacedBy: string | null } | null): ProblemError {
  if (key === null || key.replacedBy === null) {
    return new ProblemError('not_found', 'There is no API key with this id that still may be used.');
  }
  const detail = `This key has been rotated before; ${key.replacedBy} is in its place.`;
  return new ProblemError('key_replaced', detail, { members: { replacedBy: key.replacedBy } });
}
