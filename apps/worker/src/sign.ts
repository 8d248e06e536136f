import { Webhook } from 'standardwebhooks';

/** A POST that is to be signed. `id` is the same however often it is sent; `at` is the moment of this one. */
export type Unsigned = { id: string; at: Date; body: string; userAgent: string };

/** The headers of a POST of JSON as Standard Webhooks 1.0.0 wants it; every secret that is valid now signs. */
export function signedHeaders({ id, at, body, userAgent }: Unsigned, secrets: readonly string[]) {
  return {
    'content-type': 'application/json',
    'user-agent': userAgent,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
