import { randomBytes } from 'node:crypto';

/** Standard Webhooks 1.0.0 asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** A secret as any library of Standard Webhooks takes it: `whsec_` and random bytes in base64. */
export function createWebhookSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
