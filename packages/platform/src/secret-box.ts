import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 'v1';

/**
 * Secrets at rest: AES-256-GCM under the first of a list of keys, opened with whichever of them sealed it, so that a
 * key can be rotated by putting a new one in front. A sealed secret reads `v1.<key id>.<nonce>.<tag>.<ciphertext>`.
 */
export type SecretBox = {
  seal(secret: string): string;
  /** @throws {Error} when none of the keys sealed it, or it was tampered with */
  open(sealed: string): string;
};

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
      const found = opened.find((key) => key.id === id);
      if (version !== VERSION || !found || nonce === undefined || tag === undefined || text === undefined) {
        throw new Error('this secret was sealed with a key that is not in the list');
      }
      const decipher = createDecipheriv('aes-256-gcm', found.key, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      });
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
    },
  };
}
