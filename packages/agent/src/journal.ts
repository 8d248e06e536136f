import type { ResponseCommit, SummaryCommit, ToolResultCommit, ToolStart, UnusedCallCommit } from '@flotilla/core';

/**
 * Where the loop commits what happened. The worker writes it to Postgres; a test keeps it in memory.
 * A commit that resolves is durable. Each throws `FencedError` when another attempt owns the mission.
 */
export interface Journal {
  commitResponse(commit: ResponseCommit): Promise<void>;
  /** What the newest steps are shown with instead of those before them. */
  commitSummary(commit: SummaryCommit): Promise<void>;
  /** Called before a tool that is not idempotent starts. */
  startToolCall(start: ToolStart): Promise<void>;
  commitToolResult(commit: ToolResultCommit): Promise<void>;
  /** Called when a call has come to nothing and has cost something: it is paid, and the step stays as it was. */
  commitUnusedCall(commit: UnusedCallCommit): Promise<void>;
}
