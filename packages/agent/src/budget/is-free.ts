import { type FailureCode, RetryableError, TerminalError } from '@flotilla/core';
import { NoRoomError } from '../limits/no-room.ts';
import { StoppedError } from '../stop.ts';

/** With these a provider has begun to answer, or may have, and what it has said so far is paid for. */
const PERHAPS_PAID: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'provider_timeout',
  'provider_stream_cut',
  'provider_bad_response',
  'internal_error',
]);

/** Whether a call that failed like this costs nothing: it was never made, or its provider turned it away. */
export function isFree(error: unknown): boolean {
  if (error instanceof NoRoomError || error instanceof StoppedError) return true;
  return (error instanceof TerminalError || error instanceof RetryableError) && !PERHAPS_PAID.has(error.code);
}
