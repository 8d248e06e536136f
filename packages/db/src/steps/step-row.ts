import type { AssistantMessage, PassedOver, Step, StopReason, ToolCallRecord } from '@flotilla/core';
import type { Step as StepRow, ToolCall } from '../generated/prisma/client.ts';

type ToolCallRow = Omit<ToolCall, 'fullOutput' | 'fullOutputZstd'>;

/** Rows of the journal as core's `Step`. What `jsonb` holds was checked by the types of the one statement that writes it. */
export function toStep(row: StepRow, calls: readonly ToolCallRow[]): Step {
  return {
    number: row.number,
    chainStage: row.chainStage,
    attempt: row.attempt,
    tries: row.tries,
    response: {
      provider: row.provider,
      model: row.model,
      message: row.message as AssistantMessage,
      stopReason: row.stopReason as StopReason,
      usage: {
        inputTokens: row.inputTokens,
        outputTokens: row.outputTokens,
        cachedInputTokens: row.cachedInputTokens,
        costMicroUsd: row.costMicroUsd === null ? null : Number(row.costMicroUsd),
      },
    },
    passedOver: (row.passedOver ?? []) as PassedOver[],
    cached: row.cached,
    toolCalls: calls.map(toToolCall),
    startedAt: row.startedAt,
    respondedAt: row.respondedAt,
    completedAt: row.completedAt,
  };
}

function toToolCall(row: ToolCallRow): ToolCallRecord {
  return {
    index: row.index,
    id: row.callId,
    name: row.name,
    input: row.input as ToolCallRecord['input'],
    status: row.status,
    result:
      row.result === null
        ? null
        : {
            toolCallId: row.callId,
            name: row.name,
            content: row.result,
            isError: row.isError,
            truncated: row.truncated,
            untrusted: row.untrusted,
          },
    startedAt: row.startedAt,
    completedAt: row.completedAt,
  };
}
