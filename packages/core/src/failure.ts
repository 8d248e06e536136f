import type { FailureCode } from './error-codes.ts';

/** Never again: the same call would fail the same way. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Later: the same call may succeed. `retryAfterMs` is the wait the other side asked for, if it did. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly code: FailureCode;
  readonly retryAfterMs: number | null;

  constructor(code: FailureCode, message: string, options?: ErrorOptions & { retryAfterMs?: number | null }) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs ?? null;
  }
}

/** A write came back with no row: another attempt owns the mission. Whoever sees this stops and writes nothing. */
export class FencedError extends Error {
  override readonly name = 'FencedError';

  constructor(missionId: string, attempt: number) {
    super(`attempt ${attempt} no longer owns ${missionId}`);
  }
}
