export const REDACTED = '[redacted]';

type Pattern = {
  readonly find: RegExp;
  readonly replaceBy: string;
  /** Without any of these there is no match: finding that out is a hundred times cheaper. */
  readonly near?: readonly string[];
};

/** Most names and values of a log line: too short for a credential that is letters and digits, and nothing else is. */
export const PLAIN_WORD = /^[A-Za-z0-9]{0,19}$/;

/**
 * What secrets look like wherever they turn up: in messages, stacks, URLs, bodies quoted by a library's error.
 * Every repetition is bounded or cannot backtrack, since these run over text that strangers wrote.
 */
export const SECRET_PATTERNS: readonly Pattern[] = [
  // PEM (RFC 7468); an end that was cut off still hides what is there.
  {
    near: ['-----BEGIN '],
    find: /-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g,
    replaceBy: REDACTED,
  },
  // Our API keys, Standard Webhooks secrets, OpenAI and Anthropic keys.
  { near: ['fl_'], find: /(?<![A-Za-z0-9])fl_[a-z]{1,16}_[A-Za-z0-9_-]{6,}/g, replaceBy: `fl_${REDACTED}` },
  { near: ['whsec_'], find: /(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/=_-]{6,}/g, replaceBy: `whsec_${REDACTED}` },
  { near: ['sk-'], find: /(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{6,}/g, replaceBy: `sk-${REDACTED}` },
  // JWT (RFC 7519): the header always opens with `{"`.
  {
    near: ['eyJ'],
    find: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?/g,
    replaceBy: REDACTED,
  },
  // AWS, GitHub, Slack and Google credentials that tools may carry.
  {
    near: ['AKIA', 'ASIA', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'xox', 'AIza'],
    find: /(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[a-z]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,})/g,
    replaceBy: REDACTED,
  },
  { find: /\b(Bearer)\s{1,8}[A-Za-z0-9._~+/=-]{6,}/gi, replaceBy: `$1 ${REDACTED}` },
  // A header line or its JSON: everything up to the end of the value. `Basic` has no shape of its own.
  {
    near: [':', '='],
    find: /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)(?!\s|\[redacted\])[^\r\n"'\\]{3,}/gi,
    replaceBy: `$1$2${REDACTED}`,
  },
  // user:password@ in a URL, also where the password holds an unescaped / or @; a port is no password.
  {
    near: ['://'],
    find: /(:\/\/)[^\s:@/?#"'<>]{0,256}:(?!\d{1,5}[/?#])[^\s"'<>]{0,512}@/g,
    replaceBy: `$1${REDACTED}@`,
  },
  { near: ['://'], find: /(:\/\/)[^\s/?#"'<>]{1,512}@/g, replaceBy: `$1${REDACTED}@` },
  // name=value and "name":"value" inside a string: connection strings, forms, quoted JSON.
  {
    near: ['=', ':'],
    find: /((?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key)(?:=|\\?["']\s{0,4}:\s{0,4}\\?["'])["']?)(?!\[redacted\])[^\s"'&,;}\\]{3,}/gi,
    replaceBy: `$1${REDACTED}`,
  },
  // Signed URLs, and any query value too long to be a word or a UUID.
  {
    near: ['='],
    find: /([?&](?:sig|signature|x-amz-signature|x-goog-signature|code|key|auth)=)[^&\s#"']{6,}/gi,
    replaceBy: `$1${REDACTED}`,
  },
  { near: ['='], find: /([?&][\w.%-]{1,64}=)[A-Za-z0-9._~+/=%-]{40,}/g, replaceBy: `$1${REDACTED}` },
];
