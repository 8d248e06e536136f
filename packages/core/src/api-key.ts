import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = /^fl_live_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;

/** Scopes a key may carry; a route asks for exactly one. */
export const SCOPES = ['missions:read', 'missions:write', 'keys:admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** `key` is shown once and never stored. `prefix` finds its row; `hash` (SHA-256) proves it. */
export type ApiKey = { key: string; prefix: string; hash: Buffer };

/**
 * A new API key: `fl_live_`, an id of 8 characters, a secret of 256 random bits, and a checksum of 6.
 * The fixed beginning lets secret scanners find a leaked key; the checksum turns a mistyped one away without a query.
 */
export function createApiKey(): ApiKey {
  const id = toBase62(randomBytes(6), 8);
  const body = `fl_live_${id}_${toBase62(randomBytes(32), 43)}`;
  const key = `${body}_${checksum(body)}`;
  return { key, prefix: `fl_live_${id}`, hash: hashOf(key) };
}

/** The parts of a well-formed key with a right checksum, else `null`. Says nothing about whether the key exists. */
export function parseApiKey(key: string): ApiKey | null {
  const match = FORM.exec(key);
  if (!match || checksum(key.slice(0, -7)) !== match[3]) {
    return null;
  }
  return { key, prefix: `fl_live_${match[1]}`, hash: hashOf(key) };
}

/** A fast hash is right here: a slow one protects guessable secrets, and 256 random bits cannot be guessed. */
function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return toBase62(bytes, 6);
}

function toBase62(bytes: Buffer, length: number): string {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let place = 0; place < length; place++) {
    text = ALPHABET.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}
