import type { Step, SummaryCommit, ToolCallRecord, UnusedCallCommit } from '@flotilla/core';
import { FencedError } from '@flotilla/core';
import type { Journal } from './journal.ts';

/**
 * A journal in memory: for missions that need not outlive the process, and for tests. `steps` is what a run resumes
 * from. As in a database, what is committed is a copy, and a commit that does not fit what came before is refused.
 */
export function createMemoryJournal({
  missionId,
  attempt,
  steps: earlier = [],
}: {
  missionId: string;
  attempt: number;
  steps?: readonly Step[];
}): Journal & {
  readonly steps: readonly Step[];
  readonly summaries: readonly SummaryCommit[];
  readonly unusedCalls: readonly UnusedCallCommit[];
} {
  const steps = structuredClone([...earlier]);
  const summaries: SummaryCommit[] = [];
  const unusedCalls: UnusedCallCommit[] = [];

  function findCall(step: number, index: number): { step: Step; call: ToolCallRecord } {
    const found = steps.find(({ number }) => number === step);
    const call = found?.toolCalls.find((record) => record.index === index);
    if (!found || !call || call.status === 'completed') throw new FencedError(missionId, attempt);
    return { step: found, call };
  }

  return {
    get steps() {
      return structuredClone(steps);
    },
    summaries,
    unusedCalls,
    async commitSummary(commit) {
      summaries.push(structuredClone(commit));
    },
    async commitResponse({ toolCalls, ...committed }) {
      const { number } = committed;
      const last = steps.at(-1);
      if (number !== (last?.number ?? 0) + 1 || last?.completedAt === null) throw new FencedError(missionId, attempt);
      const respondedAt = new Date();
      const pending = { status: 'pending' as const, result: null, startedAt: null, completedAt: null };
      steps.push(
        structuredClone({
          ...committed,
          attempt,
          toolCalls: toolCalls.map((call) => ({ ...call, ...pending })),
          respondedAt,
          completedAt: toolCalls.length === 0 ? respondedAt : null,
        }),
      );
    },
    async startToolCall({ step, index }) {
      const { call } = findCall(step, index);
      call.status = 'started';
      call.startedAt = new Date();
    },
    async commitToolResult({ step: number, index, result }) {
      const { step, call } = findCall(number, index);
      call.status = 'completed';
      call.result = structuredClone(result);
      call.completedAt = new Date();
      if (step.toolCalls.every(({ status }) => status === 'completed')) step.completedAt = call.completedAt;
    },
    async commitUnusedCall(commit) {
      if (commit.index !== null) findCall(commit.step, commit.index);
      unusedCalls.push(structuredClone(commit));
    },
  };
}
