import type { StatusCode } from './error-codes.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { WaitingKind } from './mission.ts';
import type { MissionSpec } from './mission-spec.ts';

/**
 * One thing a mission needs before it goes on. `step` and `index` name the tool call that asked, whose result the
 * answer becomes; both are `null` where no call asked (a budget, an operator).
 */
export type Ask = {
  kind: Exclude<WaitingKind, 'children'>;
  step: number | null;
  index: number | null;
  /** What whoever answers is shown. */
  request: JsonObject;
  /** An approval holds for exactly these arguments. */
  argumentsHash: string | null;
  expiresInMs: number | null;
};

/** A mission that a tool call starts; the call's result is what becomes of it. */
export type ChildStart = { step: number; index: number; spec: MissionSpec };

/**
 * What a parked mission was answered. For a child, `answer` is a {@link ChildEnd}. `expired`: nobody answered in time,
 * and `answer` is `null`.
 */
export type Answered = {
  kind: WaitingKind;
  step: number | null;
  index: number | null;
  answer: JsonValue;
  expired: boolean;
  /** Of an approval: the arguments it was asked for. */
  argumentsHash: string | null;
};

/** How a child mission ended, as its parent's tool call is told. */
export type ChildEnd = {
  missionId: string;
  status: 'completed' | 'failed' | 'cancelled';
  output: string | null;
  code: string | null;
  message: string | null;
  /** Untrusted content was in its context, and may speak from its output. */
  untrusted: boolean;
};

/** Why a mission waits, by the kind of what it waits for. */
export const WAITING_REASONS: Readonly<Record<WaitingKind, { code: StatusCode; message: string }>> = {
  approval: { code: 'awaiting_approval', message: 'it waits for somebody to approve a tool call' },
  input: { code: 'awaiting_input', message: 'it waits for somebody to answer its question' },
  tool: { code: 'awaiting_tool', message: 'it waits for its client to answer a tool call' },
  children: { code: 'awaiting_children', message: 'it waits for the missions it has started' },
  budget: { code: 'awaiting_budget', message: 'it waits for a larger budget' },
  operator: { code: 'awaiting_operator', message: 'it waits for an operator' },
};
