import type { JsonValue } from './json.ts';
import type { ToolResult } from './message.ts';
import type { ModelResponse, PassedOver } from './step.ts';

/** A model response to be committed, before any of its tools runs. It opens step `number`, counted from 1. */
export type ResponseCommit = {
  number: number;
  /** The stage of the mission's chain it belongs to, from 0. */
  chainStage: number;
  /** Goes the model call took, the last included. */
  tries: number;
  startedAt: Date;
  response: ModelResponse;
  passedOver: PassedOver[];
  cached: boolean;
  /** Of what was reserved in the mission's budget for this call, which the commit settles. */
  reservation?: number;
  toolCalls: { index: number; id: string; name: string; input: JsonValue }[];
};

/**
 * What stands for the steps of a stage that the window has passed by: for all of them up to `upToStep`. `step`: the one
 * before whose call it was last asked for, also where the reply was of no use and what stands here is what stood before.
 */
export type Summary = { step: number; chainStage: number; upToStep: number; text: string };

/** What a model call beside a step's own has cost, and what was reserved for it. */
export type SideCall = {
  response: Pick<ModelResponse, 'provider' | 'model' | 'usage'>;
  /** As of a response. */
  reservation?: number;
  /** As of a step. Absent: it was not. */
  cached?: boolean;
};

/** A summary to be committed with what it cost, before the call of the step that it was made for. */
export type SummaryCommit = { summary: Summary } & SideCall;

/**
 * A call whose reply came to nothing, since it broke off or its mission was stopped, paid by itself. `index`: of the tool
 * call that asked; `null`: it was the step's own call, or with `isSummary` that for the summary before it. `isPartial`: its
 * cost is what its provider had said of it when it broke off. It may be billed more, so that of what was reserved for it
 * what goes beyond that stays.
 */
export type UnusedCallCommit = {
  step: number;
  index: number | null;
  isSummary?: boolean;
  isPartial?: boolean;
} & SideCall;

/** A tool that may not be repeated is about to run. */
export type ToolStart = { step: number; index: number };

/** What one tool call came back with. `fullOutput` is the whole where `result.content` is cut, else `null`. */
export type ToolResultCommit = {
  step: number;
  index: number;
  result: ToolResult;
  fullOutput: string | null;
  /** The question that the tool has asked a model, paid with this commit. */
  sideCall?: SideCall;
};

/** Whose write it is. Every write of a running mission carries both; a newer attempt fences it off. */
export type Ownership = { missionId: string; attempt: number };
