import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether a request carries the key; compared as hashes, so that neither length nor content shows in the time. */
export function createKeyCheck(adminKey: string): (authorization: readonly string[] | undefined) => boolean {
  const wanted = hashOf(`Bearer ${adminKey}`);
  return function hasKey(authorization = []) {
    const [header, ...more] = authorization;
    // Two readers must never see two keys.
    return header !== undefined && more.length === 0 && timingSafeEqual(hashOf(header), wanted);
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
