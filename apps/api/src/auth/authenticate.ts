import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { API_KEY_CACHE_MS, parseApiKey, type Scope } from '@flotilla/core';
import type { StoredKey } from '@flotilla/db';
import { createMemo } from '../memo.ts';
import { ProblemError } from '../problem.ts';
import { missionNotFound } from '../routes/mission-id.ts';
import type { MissionTokens } from './mission-token.ts';

/** Who asks: the key that was shown, or that the token was made with, and what of its scopes counts here. */
export type Caller = {
  accountId: string;
  keyId: string;
  keyPrefix: string;
  scopes: readonly string[];
  /** Its account's. */
  tier: string;
};

/** `ticket`: the tokens in the address of a request for one mission, where its route takes any. */
export type Needs = { scope: Scope; ticket?: Ticket | null };
export type Ticket = { tokens: readonly string[]; missionId: string };

/** @throws {ProblemError} `unauthenticated`, `missing_scope`, `not_found` for a token of another mission */
export type Authenticate = (req: Pick<IncomingMessage, 'headersDistinct'>, needs: Needs) => Promise<Caller>;

/** Streams ask again every second, and are to end within `API_KEY_CACHE_MS` too. */
const REMEMBERED_FOR_MS = API_KEY_CACHE_MS - 1_000;
/** At a few hundred bytes each; a flood of made-up keys costs queries, not memory. */
const KEYS_REMEMBERED = 10_000;
const HASH_BYTES = 32;
/** What an unknown key is compared with, so that it takes the same path as a known one. */
const NOBODY = Buffer.alloc(HASH_BYTES);
/** What a token may do, whatever else its key may. */
const SCOPE_OF_TOKENS: Scope = 'missions:read';

/**
 * Who is asking. A missing, malformed, unknown, wrong, revoked or expired key gets one and the same answer, and so does a
 * token of such a key, or one whose time is over. Malformed ones never reach the database, and a revoked key is refused
 * after `API_KEY_CACHE_MS` at the latest.
 */
export function createAuthenticator(options: {
  findKey(prefix: string): Promise<StoredKey | null>;
  tokens: Pick<MissionTokens, 'read'>;
  /** Told of every key that got in. */
  onUse?(keyId: string): void;
  now?: () => number;
}): Authenticate {
  const { findKey, tokens, onUse, ...clock } = options;
  const known = createMemo<StoredKey | null>({ maxEntries: KEYS_REMEMBERED, ttlMs: REMEMBERED_FOR_MS, ...clock });
  const find = (prefix: string) => known.get(prefix, () => findKey(prefix));

  async function byKey(req: Pick<IncomingMessage, 'headersDistinct'>): Promise<Caller> {
    const presented = readKey(req);
    if (!presented) throw unauthenticated();
    const stored = await find(presented.prefix);
    const isRight = timingSafeEqual(presented.hash, stored?.hash.length === HASH_BYTES ? stored.hash : NOBODY);
    if (!stored || !isRight) throw unauthenticated();
    return toCaller(stored, presented.prefix, stored.scopes);
  }

  async function byToken(req: Pick<IncomingMessage, 'headersDistinct'>, ticket: Ticket): Promise<Caller> {
    const [token = '', ...more] = ticket.tokens;
    // Two readers must never see two credentials.
    const isAlone = more.length === 0 && req.headersDistinct['authorization'] === undefined;
    const read = isAlone ? tokens.read(token) : null;
    if (!read || read.expiresAt.getTime() <= Date.now()) throw unauthenticated();
    const stored = await find(read.keyPrefix);
    if (!stored) throw unauthenticated();
    if (read.missionId !== ticket.missionId) throw missionNotFound();
    return toCaller(
      stored,
      read.keyPrefix,
      stored.scopes.filter((scope) => scope === SCOPE_OF_TOKENS),
    );
  }

  return async function authenticate(req, { scope, ticket = null }) {
    const caller = await (ticket ? byToken(req, ticket) : byKey(req));
    if (!caller.scopes.includes(scope)) {
      throw new ProblemError('missing_scope', `This needs a key with the scope ${scope}.`, { members: { scope } });
    }
    onUse?.(caller.keyId);
    return caller;
  };
}

function toCaller({ id, accountId, tier }: StoredKey, keyPrefix: string, scopes: readonly string[]): Caller {
  return { accountId, keyId: id, keyPrefix, scopes, tier };
}

/** The key, where there is exactly one header of exactly the right form: two readers must never see two keys. */
function readKey(req: Pick<IncomingMessage, 'headersDistinct'>) {
  const [header, ...more] = req.headersDistinct['authorization'] ?? [];
  if (header === undefined || more.length > 0 || !header.startsWith('Bearer ')) return null;
  return parseApiKey(header.slice('Bearer '.length));
}

/** One answer for whoever cannot say who they are. */
export function unauthenticated(): ProblemError {
  return new ProblemError('unauthenticated', 'Send a valid API key in the header Authorization: Bearer fl_live_….', {
    headers: { 'WWW-Authenticate': 'Bearer realm="flotilla"' },
  });
}
