/** The headers of a request: those of `fetch`, of Node, of Express, or a plain object; in any case of letters. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export type WebhookOptions = {
  /** `whsec_…`, one or, while it is changed, several. */
  secret: string | readonly string[];
  /** How far the timestamp may lie from now, in seconds, either way. Default: 300. */
  toleranceSeconds?: number | undefined;
  /** The time, in milliseconds since 1970; for tests. */
  now?: (() => number) | undefined;
};

/** What a webhook tells. The same `id` comes again until it was taken: who acts on it acts on each once. */
export type Webhook = {
  id: string;
  /** Such as `mission.completed`; of a call of a tool of your own, `tool_call.requested`. */
  type: string;
  /** When it happened; `null` for what is asked rather than told. */
  timestamp: string | null;
  /** Of a mission, what there is to know without asking; `output` is `null` beyond 8 KB, and the mission has it. */
  data: { readonly [field: string]: unknown };
};

/** A request that is not the webhook it claims to be. Answer it with 400, and do nothing else. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

const TOLERANCE_SECONDS = 300;

/**
 * Verifies a webhook by Standard Webhooks 1.0.0 and reads it. `body` is what was received, to the last byte: a body that
 * was parsed and written again has another signature. One of the signatures must be by one of the secrets, so that both
 * sides can change theirs.
 * @param secret `whsec_…`, one or several, or these and more
 * @throws {WebhookVerificationError} saying what is wrong, without anything secret
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  body: string | Uint8Array,
  secret: string | readonly string[] | WebhookOptions,
): Promise<Webhook> {
  const options = isSecret(secret) ? { secret } : secret;
  const id = readHeader(headers, 'webhook-id');
  const timestamp = readHeader(headers, 'webhook-timestamp');
  const given = readHeader(headers, 'webhook-signature').split(' ');
  checkTime(timestamp, options);
  const signed = join(`${id}.${timestamp}.`, body);
  // Each secret signs once, however many signatures were sent: they are cheap to make up.
  const expected = await Promise.all(toList(options.secret).map((one) => sign(one, signed)));
  const isValid = given.flatMap((signature) => expected.map((own) => isSame(signature, own))).includes(true);
  if (!isValid) throw new WebhookVerificationError('no signature is by one of the secrets');
  return readPayload(id, body);
}

function isSecret(secret: string | readonly string[] | WebhookOptions): secret is string | readonly string[] {
  return typeof secret === 'string' || Array.isArray(secret);
}

function toList(secret: string | readonly string[]): readonly string[] {
  return typeof secret === 'string' ? [secret] : secret;
}

function readHeader(headers: WebhookHeaders, name: string): string {
  const value = isFetchHeaders(headers) ? headers.get(name) : findHeader(headers, name);
  if (typeof value !== 'string' || value === '') throw new WebhookVerificationError(`the header ${name} is missing`);
  return value;
}

function isFetchHeaders(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers['get'] === 'function';
}

function findHeader(headers: Readonly<Record<string, string | readonly string[] | undefined>>, name: string) {
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : value?.[0];
}

function checkTime(
  timestamp: string,
  { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now }: Omit<WebhookOptions, 'secret'>,
): void {
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError('the timestamp is no number of seconds');
  const ageSeconds = Math.floor(now() / 1_000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds) throw new WebhookVerificationError('the timestamp is too old');
  if (ageSeconds < -toleranceSeconds) throw new WebhookVerificationError('the timestamp lies in the future');
}

function join(head: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const first = encoder.encode(head);
  const second = typeof body === 'string' ? encoder.encode(body) : body;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

async function sign(secret: string, signed: Uint8Array<ArrayBuffer>): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', readSecret(secret), algorithm, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed));
  return `v1,${btoa(String.fromCharCode(...bytes))}`;
}

/** @throws {TypeError} a secret that is none is the receiver's mistake, not the sender's */
function readSecret(secret: string): Uint8Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (character) => character.charCodeAt(0));
    if (bytes.length > 0) return bytes;
  } catch {
    // Told below, without the secret.
  }
  throw new TypeError('the secret must be whsec_ followed by base64');
}

/** In a time that depends on lengths alone, which are no secret. */
function isSame(given: string, expected: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at += 1) difference |= given.charCodeAt(at) ^ expected.charCodeAt(at);
  return difference === 0;
}

function readPayload(id: string, body: string | Uint8Array): Webhook {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (cause) {
    throw new WebhookVerificationError('the body is not JSON', { cause });
  }
  if (!isPayload(payload)) throw new WebhookVerificationError('the body is no event');
  const { type, timestamp = null, data } = payload;
  return { id, type, timestamp, data };
}

function isPayload(value: unknown): value is Pick<Webhook, 'type' | 'data'> & { timestamp?: string } {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return false;
  return typeof value.type === 'string' && typeof value.data === 'object' && value.data !== null;
}
