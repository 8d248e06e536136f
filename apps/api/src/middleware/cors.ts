import type { RequestHandler } from 'express';

/** What a page may send and read besides what every page may (Fetch, “CORS protocol”). */
const ALLOWED = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id',
  // As long as any browser remembers.
  'Access-Control-Max-Age': '7200',
} as const;
const EXPOSED = 'Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id';

/**
 * Lets pages of exactly these origins read answers. Never with credentials: a browser has none of ours but what a page
 * sends itself. A preflight is answered before anybody is asked who they are, since it cannot say.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return function cors(req, res, next) {
    if (allowed.size === 0) {
      next();
      return;
    }
    res.vary('Origin');
    const { origin } = req.headers;
    if (origin === undefined || !allowed.has(origin)) {
      next();
      return;
    }
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Expose-Headers', EXPOSED);
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) {
      next();
      return;
    }
    for (const [name, value] of Object.entries(ALLOWED)) res.setHeader(name, value);
    res.writeHead(204).end();
  };
}
