import type { ResponseCommit, Step, ToolCallRecord, ToolResultCommit, ToolStart } from '@flotilla/core';

/** A mission's journal in memory, brought level with each commit. It takes over the steps it begins with. */
export type History = {
  readonly steps: readonly Step[];
  addResponse(attempt: number, commit: ResponseCommit): void;
  startToolCall(start: ToolStart): void;
  addToolResult(commit: ToolResultCommit): void;
};

export function createHistory(earlier: readonly Step[]): History {
  const steps = [...earlier];
  const callOf = (number: number, index: number): ToolCallRecord | undefined =>
    steps[number - 1]?.toolCalls.find((call) => call.index === index);

  return {
    steps,
    addResponse(attempt, { toolCalls, ...committed }) {
      const respondedAt = new Date();
      const pending = { status: 'pending', result: null, startedAt: null, completedAt: null } as const;
      steps.push({
        ...committed,
        attempt,
        toolCalls: toolCalls.map((call) => ({ ...call, ...pending })),
        respondedAt,
        completedAt: toolCalls.length === 0 ? respondedAt : null,
      });
    },
    startToolCall({ step, index }) {
      const call = callOf(step, index);
      if (!call) return;
      call.status = 'started';
      call.startedAt = new Date();
    },
    addToolResult({ step: number, index, result }) {
      const call = callOf(number, index);
      const step = steps[number - 1];
      if (!call || !step) return;
      call.status = 'completed';
      call.result = result;
      call.completedAt = new Date();
      call.startedAt ??= call.completedAt;
      if (step.toolCalls.every(({ status }) => status === 'completed')) step.completedAt = call.completedAt;
    },
  };
}
