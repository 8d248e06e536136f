import { API_KEY_CACHE_MS, createApiKey, createId, type Scope } from '@flotilla/core';
import type { StoredKey } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { createAuthenticator } from './authenticate.ts';
import { createMissionTokens } from './mission-token.ts';

const real = createApiKey();
const stored: StoredKey = {
  id: 'key_1',
  accountId: 'acc_1',
  hash: real.hash,
  scopes: ['missions:read', 'keys:admin'],
  tier: 'paid',
};
const tokens = createMissionTokens(createSecretBox([Buffer.alloc(32, 7).toString('base64')]));
const missionId = createId('mission');

function createCounted(keys: ReadonlyMap<string, StoredKey> = new Map([[real.prefix, stored]])) {
  const asked: string[] = [];
  let at = 0;
  const authenticate = createAuthenticator({
    now: () => at,
    tokens,
    findKey: async (prefix) => {
      asked.push(prefix);
      return keys.get(prefix) ?? null;
    },
  });
  async function codeOf(...headers: string[]): Promise<string> {
    try {
      return (await authenticate({ headersDistinct: { authorization: headers } }, { scope: 'missions:read' }))
        .accountId;
    } catch (error) {
      return error instanceof ProblemError ? error.code : 'another error';
    }
  }
  return { authenticate, codeOf, asked, pass: (ms: number) => (at += ms) };
}

describe('createAuthenticator', () => {
  it('asks the store nothing about what cannot be a key', async () => {
    const { codeOf, asked } = createCounted();
    for (let made = 0; made < 1_000; made++) {
      const { key } = createApiKey();
      expect(await codeOf(`Bearer ${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)).toBe('unauthenticated');
    }
    expect(asked).toEqual([]);
  });

  it('asks once for a key that is used often, known or not, until what it remembers is too old', async () => {
    const { codeOf, asked, pass } = createCounted();
    const unknown = createApiKey();
    for (let time = 0; time < 10; time++) {
      expect(await codeOf(`Bearer ${real.key}`)).toBe('acc_1');
      expect(await codeOf(`Bearer ${unknown.key}`)).toBe('unauthenticated');
    }
    expect(asked).toEqual([real.prefix, unknown.prefix]);
    pass(API_KEY_CACHE_MS);
    await codeOf(`Bearer ${real.key}`);
    expect(asked).toHaveLength(3);
  });

  it('tells a key from another with the same prefix', async () => {
    const other = createApiKey();
    const { codeOf } = createCounted(new Map([[other.prefix, stored]]));
    expect(await codeOf(`Bearer ${other.key}`)).toBe('unauthenticated');
  });

  it('refuses a stored hash of another length, and two headers, even if both are right', async () => {
    const short = { ...stored, hash: real.hash.subarray(0, 16) };
    expect(await createCounted(new Map([[real.prefix, short]])).codeOf(`Bearer ${real.key}`)).toBe('unauthenticated');
    expect(await createCounted().codeOf(`Bearer ${real.key}`, `Bearer ${real.key}`)).toBe('unauthenticated');
  });

  it('asks a key for the scope of the route', async () => {
    const { authenticate } = createCounted();
    const req = { headersDistinct: { authorization: [`Bearer ${real.key}`] } };
    await expect(authenticate(req, { scope: 'missions:write' })).rejects.toMatchObject({ code: 'missing_scope' });
  });
});

describe('a token of a mission', () => {
  const made = { missionId, keyPrefix: real.prefix, expiresAt: new Date(Date.now() + 60_000) };
  const codeOf = async (
    token: string,
    { scope = 'missions:read', of = missionId }: { scope?: Scope; of?: string } = {},
  ) => {
    const { authenticate } = createCounted();
    try {
      const ticket = { tokens: [token], missionId: of };
      return (await authenticate({ headersDistinct: {} }, { scope, ticket })).accountId;
    } catch (error) {
      return error instanceof ProblemError ? error.code : 'another error';
    }
  };

  it('stands for its key where that mission is read', async () => {
    expect(await codeOf(tokens.make(made))).toBe('acc_1');
    expect(await codeOf(tokens.make(made), { of: createId('mission') })).toBe('not_found');
  });

  it('has none of the other scopes of its key', async () => {
    expect(await codeOf(tokens.make(made), { scope: 'keys:admin' })).toBe('missing_scope');
  });

  it('is nobody’s when its time is over, its key is gone, or others sealed it', async () => {
    const others = createMissionTokens(createSecretBox([Buffer.alloc(32, 8).toString('base64')]));
    for (const token of [
      tokens.make({ ...made, expiresAt: new Date(Date.now() - 1) }),
      tokens.make({ ...made, keyPrefix: createApiKey().prefix }),
      others.make(made),
    ]) {
      expect(await codeOf(token)).toBe('unauthenticated');
    }
  });
});
