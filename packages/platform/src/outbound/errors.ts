/** Which rule a request broke. */
export type RefusalReason = 'url' | 'scheme' | 'credentials' | 'port' | 'host' | 'address' | 'redirect' | 'request';

/**
 * The guard will not make this request, now or later. The message may be shown to whoever named the URL: it never
 * says what a name resolves to, since that would map the inside network for them.
 */
export class OutboundRefusedError extends Error {
  override readonly name = 'OutboundRefusedError';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export type FailureKind =
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'aborted'
  | 'connection_lost'
  | 'bad_response'
  | 'too_many_redirects';

const SAYS: Readonly<Record<FailureKind, string>> = {
  dns: 'the name could not be resolved',
  connect: 'no connection could be made',
  tls: 'no secure connection could be made',
  timeout: 'the request took too long',
  aborted: 'the request was called off',
  connection_lost: 'the connection was lost',
  bad_response: 'the response is not valid HTTP',
  too_many_redirects: 'the server redirected too often',
};

/** The request was allowed and did not work out; it may another time. The cause is for logs, the message for anyone. */
export class OutboundFailedError extends Error {
  override readonly name = 'OutboundFailedError';
  readonly kind: FailureKind;
  /** No connection came about: nothing of the request has left. */
  readonly isUnsent: boolean;

  constructor(kind: FailureKind, options: ErrorOptions & { isUnsent?: boolean } = {}) {
    super(SAYS[kind], options);
    this.kind = kind;
    this.isUnsent = options.isUnsent ?? false;
  }
}

/**
 * Whether a request that was to follow no redirect failed before any of it had left, so that nobody can have acted on it.
 * `false` where that is not sure.
 */
export function isUnsent(error: unknown): boolean {
  if (error instanceof OutboundRefusedError) return error.reason !== 'redirect';
  return error instanceof OutboundFailedError && error.isUnsent;
}

/** Turns what Node, OpenSSL, zlib and undici throw into one of ours; ours pass unchanged. */
export function asOutboundError(error: unknown): OutboundRefusedError | OutboundFailedError {
  if (error instanceof OutboundRefusedError || error instanceof OutboundFailedError) return error;
  return new OutboundFailedError(kindOf(codeOf(error)), { cause: error });
}

/**
 * Why a connection did not come about. Only here is that known: what the kernel says of an open connection may be the very
 * same code.
 */
export function asConnectError(error: unknown): OutboundRefusedError | OutboundFailedError {
  const failure = asOutboundError(error);
  if (failure instanceof OutboundRefusedError) return failure;
  return new OutboundFailedError(failure.kind, { cause: failure.cause, isUnsent: true });
}

/** undici's parser gives some of its errors no code, only a name. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const KINDS: readonly (readonly [RegExp, FailureKind])[] = [
  [/^(?:ENOTFOUND|EAI_[A-Z]+)$/, 'dns'],
  [/^(?:UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/, 'timeout'],
  [/^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN|ENETDOWN|EACCES|EPERM)$/, 'connect'],
  [/^(?:ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA)/, 'tls'],
  [
    /^(?:HTTPParserError|HPE_|Z_|ERR_BROTLI|ERR__ERROR|ERR_PADDING|UND_ERR_(?:HEADERS_OVERFLOW|RES_|INVALID_ARG))/,
    'bad_response',
  ],
];

function kindOf(code: string): FailureKind {
  return KINDS.find(([codes]) => codes.test(code))?.[1] ?? 'connection_lost';
}
