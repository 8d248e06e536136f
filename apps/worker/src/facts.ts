import type { FailureCode, Usage } from '@flotilla/core';

/** What the sweep, or a worker for itself, has put right. */
export const REPAIRS = [
  'orphan_requeued',
  'orphan_ended',
  'stray_given_back',
  'mission_rung',
  'delivery_rung',
  'overdue_ended',
  'answer_expired',
  'parent_woken',
  'child_cancelled',
  'counter_repaired',
  'mission_purged',
] as const;
export type Repair = (typeof REPAIRS)[number];

/** The writes that carry an attempt, and can be fenced off. */
export const FENCED_WRITES = [
  'reserve',
  'response',
  'summary',
  'tool_start',
  'tool_result',
  'unused_call',
  'leave',
  'delivery',
] as const;
export type FencedWrite = (typeof FENCED_WRITES)[number];

/** What an attempt at a webhook may make of its delivery; `test`: of one that is owed to nobody, whatever. */
export const DELIVERY_OUTCOMES = ['delivered', 'retry', 'failed', 'fenced', 'test'] as const;

export type ModelCall = {
  provider: string;
  /** As the mission names it, without the provider. */
  model: string;
  outcome: 'ok' | 'aborted' | FailureCode;
  durationMs: number;
  /** Until the model began to answer or to think; `null`: nobody saw it begin. */
  firstTokenMs: number | null;
  /** What the provider says it cost; absent where it has not said, as mostly where there was no reply. */
  usage?: Usage;
};
/** What a call waited for room under the fleet's limits; `gave_up`: its mission came back later. */
export type CallAdmitted = { provider: string; outcome: 'admitted' | 'gave_up'; waitedMs: number };
/** A model was left alone, or answers again. */
export type BreakerTurned = { provider: string; model: string; isOpen: boolean };
export type ToolCall = { tool: string; outcome: 'ok' | 'error' | 'timed_out' | 'aborted'; durationMs: number };
/** It takes missions again, or none because its event loop is late; what a pause that is over has lasted. */
export type TakingTurn = { isPaused: true } | { isPaused: false; pausedMs: number };
export type DeliveryAttempt = { outcome: (typeof DELIVERY_OUTCOMES)[number]; durationMs: number };
/** `status` queued: released, to be claimed again; waiting: parked. `code`: why; `none` for a completed one. */
export type LeftMission = { pool: string; status: string; code: string };

/** What a worker tells of its work, in its own words; `createWorkerMetrics` makes figures of it. */
export type WorkerFacts = {
  missionClaimed(mission: { pool: string; attempt: number; queuedMs: number }): void;
  /** It runs no more, or was ended by the sweep before it ran. */
  missionLeft(mission: LeftMission): void;
  /** It ended on this worker. `agent`: the name of the one it names. */
  missionEnded(mission: { agent: string | null; status: string }): void;
  stepCommitted(): void;
  /** A step that was begun here is over: its response and the results of all its calls are committed. */
  stepCompleted(step: { kind: 'answer' | 'tools'; durationMs: number }): void;
  /** Where a step found the steps before it; the first of a mission needs none. */
  historyLoaded(source: 'memory' | 'postgres'): void;
  modelCalled(call: ModelCall): void;
  callAdmitted(wait: CallAdmitted): void;
  breakerTurned(turn: BreakerTurned): void;
  responseLookedUp(outcome: 'hit' | 'miss'): void;
  toolCalled(call: ToolCall): void;
  deliveryAttempted(attempt: DeliveryAttempt): void;
  fenced(write: FencedWrite): void;
  leaseLost(): void;
  takingTurned(turn: TakingTurn): void;
  repaired(repair: Repair, count?: number): void;
  sweepPartFailed(part: string): void;
};
