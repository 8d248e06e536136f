/** A message that never left: nobody can have acted on it. */
export class UnsentError extends Error {
  override readonly name = 'UnsentError';
}

/**
 * The errors by which a server says that it did not take a call up (JSON-RPC 2.0, "Error object"): no JSON, no request, no
 * such method, arguments that are none. Any other may have come from half-way through: `-32603` is an internal error,
 * those from `-32000` on and those of an application mean what its makers had in mind, a time limit as well.
 */
const REFUSALS = new Set([-32_700, -32_600, -32_601, -32_602]);

/** The server is there, and has answered: with a refusal, or with an error that may have come from half-way through. */
export function isAnswer(error: unknown): boolean {
  return codeOf(error) !== null || isRefusedByHttp(error);
}

/** The server said that it has done nothing. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code === null ? isRefusedByHttp(error) : REFUSALS.has(code);
}

/** A call that failed was not made, or was refused. Of any other failure it may have been made. */
export function isSettled(error: unknown): boolean {
  return error instanceof UnsentError || isRefusal(error);
}

/**
 * Whether the server has forgotten the session. `surely`: it says so as the protocol has it, and so has done nothing
 * (Streamable HTTP, "Session Management": 404). `perhaps`: some servers say it with a 400; but so may a tool say something
 * else.
 */
export function hasForgotten(error: unknown): 'surely' | 'perhaps' | null {
  const status = statusOf(error);
  if (status === 404) return 'surely';
  return status === 400 && error instanceof Error && /session/i.test(error.message) ? 'perhaps' : null;
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** The number that an error of JSON-RPC has; those that a client makes up itself have a word. */
function codeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'number' ? error.code : null;
}

/** A client's mistake (4xx) or a redirect was not acted on; a 5xx may have come from half-way through. */
function isRefusedByHttp(error: unknown): boolean {
  const status = statusOf(error);
  return status !== null && status >= 300 && status < 500;
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}
