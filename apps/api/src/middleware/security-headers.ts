import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Headers for an API: nothing here is a page, so nothing may be loaded, framed, sniffed or shared across origins. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}
