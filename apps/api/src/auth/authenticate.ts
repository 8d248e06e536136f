import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { API_KEY_CACHE_MS, parseApiKey, type Scope } from '@flotilla/core';
import type { StoredKey } from '@flotilla/db';
import { createMemo } from '../memo.ts';
import { ProblemError } from '../problem.ts';

export type Caller = { accountId: string; keyId: string };
export type Authenticate = (req: Pick<IncomingMessage, 'headersDistinct'>, scope: Scope) => Promise<Caller>;

/** Streams ask again every second, and are to end within `API_KEY_CACHE_MS` too. */
const REMEMBERED_FOR_MS = API_KEY_CACHE_MS - 1_000;
/** At a few hundred bytes each; a flood of made-up keys costs queries, not memory. */
const KEYS_REMEMBERED = 10_000;
const HASH_BYTES = 32;
/** What an unknown key is compared with, so that it takes the same path as a known one. */
const NOBODY = Buffer.alloc(HASH_BYTES);

/**
 * Who is asking. A missing, malformed, unknown, wrong, revoked or expired key gets one and the same answer. Malformed
 * ones never reach the database, and a revoked one is refused after `API_KEY_CACHE_MS` at the latest.
 */
export function createAuthenticator(options: {
  findKey(prefix: string): Promise<StoredKey | null>;
  now?: () => number;
}): Authenticate {
  const { findKey, ...clock } = options;
  const known = createMemo<StoredKey | null>({ maxEntries: KEYS_REMEMBERED, ttlMs: REMEMBERED_FOR_MS, ...clock });

  return async function authenticate(req, scope) {
    const presented = readKey(req);
    if (!presented) throw unauthenticated();
    const stored = await known.get(presented.prefix, () => findKey(presented.prefix));
    const isRight = timingSafeEqual(presented.hash, stored?.hash.length === HASH_BYTES ? stored.hash : NOBODY);
    if (!stored || !isRight) throw unauthenticated();
    if (!stored.scopes.includes(scope)) {
      throw new ProblemError('missing_scope', `This needs a key with the scope ${scope}.`, { members: { scope } });
    }
    return { accountId: stored.accountId, keyId: stored.id };
  };
}

/** The key, where there is exactly one header of exactly the right form: two readers must never see two keys. */
function readKey(req: Pick<IncomingMessage, 'headersDistinct'>) {
  const [header, ...more] = req.headersDistinct['authorization'] ?? [];
  if (header === undefined || more.length > 0 || !header.startsWith('Bearer ')) return null;
  return parseApiKey(header.slice('Bearer '.length));
}

function unauthenticated(): ProblemError {
  return new ProblemError('unauthenticated', 'Send a valid API key in the header Authorization: Bearer fl_live_….', {
    headers: { 'WWW-Authenticate': 'Bearer realm="flotilla"' },
  });
}
