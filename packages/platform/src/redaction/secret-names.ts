/** Words that say what a value is for, not what it is: `tokenHash` and `webhookSecretHeader` are as secret as their head. */
const FILLERS = /(?:header|value|hash|plain|text|string|raw|base|new|old|current|previous|confirmation|\d)+$/;

/** The head of a name decides, so that `inputTokens`, `tokenCount` and `secretId` stay readable. */
const SECRET_HEAD =
  /(?:authorization|cookies?|passwords?|passwds?|passphrases?|secrets?|credentials?|token|jwt|(?:api|private|secret|access|signing|encryption|master|service|account)keys?)$/;

const SECRET_WHOLE = new Set(['auth', 'pass', 'pwd', 'dsn', 'otp', 'pin', 'bearer']);

/**
 * Whether a value under this name is a secret by its name alone: `password`, `x-api-key`, `WEBHOOK_SECRET`,
 * `refreshToken`, at any case and in any spelling. Names of counts such as `inputTokens` are not.
 */
export function isSecretName(name: string): boolean {
  if (name.length > 200) return false;
  let isSecret = KNOWN.get(name);
  if (isSecret === undefined) {
    isSecret = judgeName(name);
    if (KNOWN.size < KNOWN_MAX) KNOWN.set(name, isSecret);
  }
  return isSecret;
}

/** Names come from the code, the same few with every line; those that strangers invent must not fill the memory. */
const KNOWN = new Map<string, boolean>();
const KNOWN_MAX = 1_000;

function judgeName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (SECRET_WHOLE.has(plain) || SECRET_HEAD.test(plain)) return true;
  return SECRET_HEAD.test(plain.replace(FILLERS, ''));
}

/** `tokens` is a count on one object and a list of credentials on another: only the value tells. */
export function isSecretField(name: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false;
  if (isSecretName(name)) return true;
  if (!/tokens$/i.test(name)) return false;
  return typeof value === 'string' || (Array.isArray(value) && value.some((item) => typeof item === 'string'));
}
