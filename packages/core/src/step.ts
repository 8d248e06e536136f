import type { FailureCode } from './error-codes.ts';
import type { JsonValue } from './json.ts';
import type { AssistantMessage, ToolResult } from './message.ts';
import type { SaidMessage } from './said-message.ts';
import type { Usage } from './usage.ts';

/** Why the model stopped, in one vocabulary for every provider. */
export type StopReason = 'end' | 'tool_calls' | 'max_tokens' | 'refusal';

/** One complete model reply. A reply that was cut off is never one of these. */
export type ModelResponse = {
  /** The provider that answered, and the model name it gave for itself. */
  provider: string;
  model: string;
  message: AssistantMessage;
  stopReason: StopReason;
  usage: Usage;
};

/** A model that was to answer a step and could not be had, and why; another answered in its place. */
export type PassedOver = { provider: string; model: string; code: FailureCode; message: string };

/** `started` without a result means: it may or may not have had its effect. */
export type ToolCallStatus = 'pending' | 'started' | 'completed';

/** One tool call in the journal. `index` is its place among the calls of its step, from 0. */
export type ToolCallRecord = {
  index: number;
  id: string;
  name: string;
  input: JsonValue;
  status: ToolCallStatus;
  result: ToolResult | null;
  startedAt: Date | null;
  completedAt: Date | null;
};

/**
 * What a mission adds to its session's conversation. `said`: what it was posted with before its goal. `steps`: the newest
 * of those that called tools; none of a chain's.
 */
export type EarlierMission = {
  missionId: string;
  said?: SaidMessage[];
  goal: string;
  answer: string | null;
  steps: Step[];
};

/**
 * One model call and the tool calls it asked for, as committed. `number` counts from 1 without gaps;
 * `attempt` is the claim that committed the response, 0 where it was copied from another mission; `tries` how many goes the model call took.
 */
export type Step = {
  number: number;
  /** The stage of the mission's chain it belongs to, from 0. */
  chainStage: number;
  attempt: number;
  tries: number;
  response: ModelResponse;
  /** The models before the one that answered, in the order they were tried. */
  passedOver: PassedOver[];
  /** The response was given before, to the same question, and cost nothing again. */
  cached: boolean;
  toolCalls: ToolCallRecord[];
  startedAt: Date;
  respondedAt: Date;
  completedAt: Date | null;
};
