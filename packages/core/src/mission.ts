import type { BudgetState } from './budget.ts';
import type { JsonObject } from './json.ts';
import type { MissionSpec } from './mission-spec.ts';
import type { Usage } from './usage.ts';

/** Why a mission is queued, waiting or ended: a documented code (`docs/codes.md`), and a sentence for people. */
export type StatusReason = { code: string; message: string; at: Date };

export const WAITING_KINDS = ['approval', 'input', 'tool', 'budget', 'children', 'operator'] as const;
export type WaitingKind = (typeof WAITING_KINDS)[number];

/** What a parked mission waits for; where it is several things, the first of them names the kind. */
export type WaitingFor = { kind: WaitingKind; detail: JsonObject };

type MissionBase = {
  id: string;
  accountId: string;
  spec: MissionSpec;
  pool: string;
  priority: number;
  /** Ordinal of the newest claim, and the fencing token. 0: never claimed. It counts claims, not failures. */
  attempt: number;
  /** Committed steps. */
  stepCount: number;
  usage: Usage;
  /** `null`: nothing limits what it spends. */
  budget: BudgetState | null;
  metadata: Record<string, string>;
  tags: string[];
  /** The endpoint that it names itself. */
  webhook: { endpointId: string; url: string; isEnabled: boolean } | null;
  sessionId: string | null;
  /** The mission that started this one, and how many lie above it. */
  parentMissionId: string | null;
  depth: number;
  /** The stage of its chain that it is in, from 0. */
  chainStage: number;
  retryOf: string | null;
  forkedFrom: string | null;
  cancelRequestedAt: Date | null;
  pausedAt: Date | null;
  expiresAt: Date | null;
  deadlineAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
};

type Unfinished = { finishedAt: null; output: null };

/** One piece of work a client asked for, and its whole life. The status decides what else there is to know. */
export type Mission = MissionBase &
  (
    | (Unfinished & {
        status: 'queued';
        statusReason: StatusReason | null;
        runAfter: Date | null;
        /** For how long it has been due, in milliseconds, by the database's clock; less than 0 before its moment. */
        dueForMs: number;
      })
    | (Unfinished & { status: 'running'; statusReason: null; workerId: string })
    | (Unfinished & { status: 'waiting'; statusReason: StatusReason; waitingFor: WaitingFor })
    | { status: 'completed'; statusReason: null; output: string; finishedAt: Date }
    | { status: 'failed'; statusReason: StatusReason; output: null; finishedAt: Date }
    | { status: 'cancelled'; statusReason: StatusReason; output: null; finishedAt: Date }
  );
