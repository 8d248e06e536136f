/** A message that never left: nobody can have acted on it. */
export class UnsentError extends Error {
  override readonly name = 'UnsentError';
}

/** What becomes of it is the server's word: it was refused, or answered with an error. */
export function isAnswer(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  // An error of JSON-RPC has a number; those that a client makes up itself have a word.
  if ('code' in error && typeof error.code === 'number') return true;
  const status = statusOf(error);
  // By HTTP, a client's mistake (4xx) or a redirect was not acted on; a 5xx may have come from half-way through.
  return status !== null && status >= 300 && status < 500;
}

/** A call that failed was not made, or the server said itself what came of it. Of any other failure it may have been made. */
export function isSettled(error: unknown): boolean {
  return error instanceof UnsentError || isAnswer(error);
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

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null;
}
