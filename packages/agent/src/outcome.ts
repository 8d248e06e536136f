import type { Ask, ChildStart, FailureCode } from '@flotilla/core';
import type { StepTries } from './step-tries.ts';
import { toStorableText } from './storable.ts';

/** Why a running mission is told to stop. The first two and `fenced` end it at once; the others wait for a boundary. */
export type StopReason = 'cancel' | 'deadline' | 'fenced' | 'pause' | 'drain';

/**
 * What is spent on the next step, to be handed in again when the mission is next run: goes, and since how long its
 * provider has been failing it (`null`: it has not).
 */
export type Spent = { tries: number; failingForMs: number | null };

export type Completed = { kind: 'completed'; output: string };
export type Failed = { kind: 'failed'; code: FailureCode; message: string };

/** Nothing is left to do until all of these are answered, and all of these children have ended; at least one of either. */
export type Parked = { kind: 'parked'; asks: Ask[]; children: ChildStart[] } & Spent;

/** How one run of a mission ended. What becomes of the mission is the caller's to write. */
export type Outcome =
  | Completed
  | Failed
  | Parked
  /** Give the slot up and come back after `afterMs`. */
  | ({ kind: 'retry_later'; code: 'retry_backoff' | 'rate_limited'; message: string; afterMs: number } & Spent)
  | ({ kind: 'stopped'; reason: StopReason } & Spent);

export function spentOf(tries: StepTries): Spent {
  return { tries: tries.made, failingForMs: tries.failingForMs() };
}

/** Providers have been seen to answer an error with a whole HTML page. */
const MESSAGE_MAX_CHARS = 2_000;

export function toOutcomeMessage(message: string): string {
  return toStorableText(message.slice(0, MESSAGE_MAX_CHARS));
}

export function failed(code: FailureCode, message: string): Failed {
  return { kind: 'failed', code, message: toOutcomeMessage(message) };
}
