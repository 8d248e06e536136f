import { createHash, timingSafeEqual } from 'node:crypto';

/** @param isPage a browser asks, which can send a key only as the password of a user, whose name is nobody's business */
export type HasKey = (authorization: readonly string[] | undefined, isPage?: boolean) => boolean;

/** Whether a request carries the key; compared as hashes, so that neither length nor content shows in the time. */
export function createKeyCheck(adminKey: string): HasKey {
  const wanted = hashOf(`Bearer ${adminKey}`);
  return function hasKey(authorization = [], isPage = false) {
    const [header, ...more] = authorization;
    // Two readers must never see two keys.
    if (header === undefined || more.length > 0) return false;
    return timingSafeEqual(hashOf(isPage ? (passwordOf(header) ?? header) : header), wanted);
  };
}

/** A password of RFC 7617 as if it had been sent as a bearer's; `null` for any other header. */
function passwordOf(header: string): string | null {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  if (encoded === undefined) return null;
  const [, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return `Bearer ${password.join(':')}`;
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
