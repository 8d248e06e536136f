import type { FailureCode } from '@flotilla/core';

/** Why a running mission is told to stop. The first two and `fenced` end it at once; the others wait for a boundary. */
export type StopReason = 'cancel' | 'deadline' | 'fenced' | 'pause' | 'drain';

/** How one run of a mission ended. What becomes of the mission is the caller's to write. */
export type Outcome =
  | { kind: 'completed'; output: string }
  | { kind: 'failed'; code: FailureCode; message: string }
  /** Give the slot up and come back after `afterMs`; `tries` goes at the next step are spent. */
  | { kind: 'retry_later'; code: 'retry_backoff' | 'rate_limited'; message: string; afterMs: number; tries: number }
  | { kind: 'stopped'; reason: StopReason };
