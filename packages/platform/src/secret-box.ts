import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 'v1';

/**
 * Secrets at rest: AES-256-GCM under the first of a list of keys, opened with whichever of them sealed it, so that a
 * key can be rotated by putting a new one in front. A sealed secret reads `v1.<key id>.<nonce>.<tag>.<ciphertext>`.
 */
export type SecretBox = {
  seal(secret: string): string;
  /**
   * @throws {UnknownKeyError} when none of the keys sealed it
   * @throws {Error} when it was tampered with
   */
  open(sealed: string): string;
  /** Whether the first of the keys sealed it: what another did is to be sealed anew before that key may go. */
  isSealedByFirst(sealed: string): boolean;
};

/** It was sealed with a key that is not in the list: whoever has that key can open it. */
export class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';
  /** Begins like the key's hash, which is no secret. */
  readonly keyId: string;

  constructor(keyId: string) {
    super('this secret was sealed with a key that is not in the list');
    this.keyId = keyId;
  }
}

/** @param keys each 32 bytes in base64; the first seals. Make one with `openssl rand -base64 32`. */
export function createSecretBox(keys: readonly string[]): SecretBox {
  const opened = keys.map((text) => {
    const key = Buffer.from(text, 'base64');
    if (key.length !== 32) {
      throw new Error('an encryption key must be 32 bytes in base64; make one with: openssl rand -base64 32');
    }
    return { key, id: createHash('sha256').update(key).digest('base64url').slice(0, 8) };
  });
  const [first] = opened;
  if (!first) {
    throw new Error('at least one encryption key is needed');
  }
  return {
    seal(secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', first.key, nonce);
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      const parts = [nonce, cipher.getAuthTag(), text].map((part) => part.toString('base64url'));
      return [VERSION, first.id, ...parts].join('.');
    },
    open(sealed) {
      const [version, id, nonce, tag, text] = sealed.split('.');
      const found = version === VERSION ? opened.find((key) => key.id === id) : undefined;
      if (!found) throw new UnknownKeyError(id ?? '');
      if (nonce === undefined || tag === undefined || text === undefined) throw new Error('this secret is cut short');
      const decipher = createDecipheriv('aes-256-gcm', found.key, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      });
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
    },
    isSealedByFirst: (sealed) => sealed.startsWith(`${VERSION}.${first.id}.`),
  };
}
