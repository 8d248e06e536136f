import type { Journal } from '@flotilla/agent';
import { FencedError, type Step } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { FencedWrite, WorkerFacts } from './facts.ts';
import { createHistory } from './history.ts';
import { type WhileLive, whileLive } from './while-live.ts';

export type WorkerJournal = Journal & {
  /** All steps as they are committed; `null` once a write has failed, and nobody knows what became of it. */
  readonly steps: readonly Step[] | null;
};

export type JournalOptions = {
  db: Pick<Database, 'steps'>;
  live: WhileLive;
  facts: Pick<WorkerFacts, 'stepCommitted' | 'stepCompleted' | 'fenced'>;
  /** The steps committed so far. */
  steps: readonly Step[];
  /** Told when a commit has added to the mission's events. */
  onEvents(): void;
  /** Told of each step that is committed, with the number this run has added. */
  onStep(added: number): void;
};

/**
 * The loop's journal in Postgres, and in memory for whoever plays the mission next on this worker. Every commit carries
 * its owner, and a commit that finds another owner throws.
 */
export function createJournal({ db, live, facts, steps, onStep, onEvents }: JournalOptions): WorkerJournal {
  const { owner } = live;
  const history = createHistory(steps);
  let added = 0;
  let unusedCalls = 0;
  let isLevel = true;
  /** The step begun here whose calls are not all answered; one that another run began has waited since. */
  let open: { number: number; startedAt: Date; left: number } | null = null;

  function completed(kind: 'answer' | 'tools', startedAt: Date): void {
    facts.stepCompleted({ kind, durationMs: Math.max(0, Date.now() - startedAt.getTime()) });
  }

  async function commit(kind: FencedWrite, write: () => Promise<'committed' | 'fenced'>): Promise<void> {
    try {
      if ((await whileLive(live, write)) === 'committed') return;
      facts.fenced(kind);
      throw new FencedError(owner.missionId, owner.attempt);
    } catch (error) {
      isLevel = false;
      throw error;
    }
  }

  return {
    get steps() {
      return isLevel ? history.steps : null;
    },
    async commitResponse(response) {
      await commit('response', () => db.steps.commitResponse({ ...owner, ...response }));
      history.addResponse(owner.attempt, response);
      if (response.toolCalls.length === 0) onEvents();
      added += 1;
      facts.stepCommitted();
      const { number, startedAt, toolCalls } = response;
      open = toolCalls.length > 0 ? { number, startedAt, left: toolCalls.length } : null;
      if (toolCalls.length === 0) completed('answer', startedAt);
      onStep(added);
    },
    async commitSummary(summary) {
      await commit('summary', () => db.steps.commitSummary({ ...owner, ...summary }));
    },
    async startToolCall(start) {
      await commit('tool_start', () => db.steps.startToolCall({ ...owner, ...start }));
      history.startToolCall(start);
      onEvents();
    },
    async commitToolResult(result) {
      await commit('tool_result', () => db.steps.commitToolResult({ ...owner, ...result }));
      history.addToolResult(result);
      onEvents();
      if (open?.number !== result.step) return;
      open.left -= 1;
      if (open.left === 0) completed('tools', open.startedAt);
    },
    async commitUnusedCall(call) {
      unusedCalls += 1;
      const number = unusedCalls;
      await commit('unused_call', () => db.steps.commitUnusedCall({ ...owner, ...call, number }));
    },
  };
}
