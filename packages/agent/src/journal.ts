import type { JsonValue, ModelResponse, ToolResult } from '@flotilla/core';

export type ResponseCommit = {
  /** The step this response opens, from 1. */
  number: number;
  /** Goes the model call took, the last included. */
  tries: number;
  startedAt: Date;
  response: ModelResponse;
  toolCalls: { index: number; id: string; name: string; input: JsonValue }[];
};

export type ToolStart = { step: number; index: number };

/** `fullOutput` is the whole output where `result.content` is cut, else `null`. */
export type ToolResultCommit = { step: number; index: number; result: ToolResult; fullOutput: string | null };

/**
 * Where the loop commits what happened. The worker writes it to Postgres; a test keeps it in memory.
 * A commit that resolves is durable. Each throws `FencedError` when another attempt owns the mission.
 */
export interface Journal {
  commitResponse(commit: ResponseCommit): Promise<void>;
  /** Called before a tool that is not idempotent starts. */
  startToolCall(start: ToolStart): Promise<void>;
  commitToolResult(commit: ToolResultCommit): Promise<void>;
}
