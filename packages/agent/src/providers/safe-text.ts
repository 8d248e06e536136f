export type SafeTextOptions = { apiKey: string };

/** The provider's own id of the request, as its support wants to be told it. */
export function inRequest(requestId: string | null | undefined): string {
  return requestId ? ` (request ${requestId.slice(0, 100)})` : '';
}

/** Enough for what a provider has to say; some echo the whole request. */
const MAX_CHARS = 500;

/** Keys by their common prefixes, masked keys, bearer tokens, JSON Web Tokens, credentials in a URL. */
const SECRETS =
  /\b(?:sk|pk|rk|gsk|xai|key|whsec)[-_][\w*.-]{6,}|\S*\*{3,}\S*|\bbearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=:\/\/)[^\s/@]+@/gi;

/**
 * A provider's words, made fit for our rows and logs: OpenAI repeats a wrong key in its 401, gateways repeat whole
 * requests, and Postgres refuses U+0000 and half a surrogate pair.
 */
export function safeText(text: string, { apiKey }: SafeTextOptions): string {
  const known = apiKey.length >= 8 ? text.replaceAll(apiKey, '[key]') : text;
  const clean = known
    .slice(0, MAX_CHARS * 4)
    .replace(SECRETS, '[redacted]')
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  return (clean.length > MAX_CHARS ? `${clean.slice(0, MAX_CHARS)}…` : clean).toWellFormed();
}
