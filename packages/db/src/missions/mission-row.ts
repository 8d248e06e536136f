import type { ChainStage, Mission, MissionSpec, StatusReason, WaitingFor } from '@flotilla/core';
import type { Mission as MissionRow } from '../generated/prisma/client.ts';

/** The columns of a mission that have no long text, beside its id. */
export const SHORT_COLUMNS = [
  'accountId',
  'sessionId',
  'parentMissionId',
  'depth',
  'retryOf',
  'forkedFrom',
  'pool',
  'priority',
  'tags',
  'metadata',
  'status',
  'statusCode',
  'statusMessage',
  'statusAt',
  'attempt',
  'workerId',
  'stepCount',
  'chainStage',
  'runAfter',
  'pausedAt',
  'cancelRequestedAt',
  'expiresAt',
  'deadlineAt',
  'waitingFor',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'costMicroUsd',
  'costUnknown',
  'createdAt',
  'startedAt',
  'finishedAt',
] as const satisfies readonly (keyof MissionRow)[];

/** `spec`: all of it, or the excerpt that {@link ListedSpec} is. */
export type ListedRow = Pick<MissionRow, 'id' | (typeof SHORT_COLUMNS)[number]> & { spec: unknown };

/** All of a mission's row that there is to tell. */
export type FullRow = ListedRow & Pick<MissionRow, 'output'>;

/** What lists tell of what was asked. `goal`: its beginning. */
export type ListedSpec = Pick<MissionSpec, 'goal' | 'model' | 'agent' | 'budget'> & {
  chain?: Pick<ChainStage, 'model' | 'budget'>[];
};

type WithoutTexts<Of> = Of extends unknown ? Omit<Of, 'spec' | 'output'> : never;
/** A mission without its long texts, a hundred of which may be many megabytes. */
export type ListedMission = WithoutTexts<Mission> & { spec: ListedSpec };

/** Since when the pool of a queued mission is paused, and what time it is by the database's clock. */
type PoolNow = { pausedAt: Date | null; now: Date };

/** What a mission's own row does not tell. */
export type Around = Pick<Mission, 'webhook' | 'budget'> & { pool: PoolNow };

/**
 * A row as core's `Mission`.
 * @throws when a row breaks what its status promises; the table's own constraints do not let one in
 */
export function toMission(row: FullRow, around: Around): Mission {
  const listed = toListedMission(row, around);
  const spec = row.spec as MissionSpec;
  if (listed.status !== 'completed') return { ...listed, spec, output: null };
  if (row.output === null) throw brokenRow(row);
  return { ...listed, spec, output: row.output };
}

/**
 * Here the columns become the union that the status decides.
 * @throws when a row breaks what its status promises; the table's own constraints do not let one in
 */
export function toListedMission(row: ListedRow, { webhook, pool, budget }: Around): ListedMission {
  const base = {
    id: row.id,
    accountId: row.accountId,
    spec: row.spec as ListedSpec,
    pool: row.pool,
    priority: row.priority,
    attempt: row.attempt,
    stepCount: row.stepCount,
    usage: {
      inputTokens: Number(row.inputTokens),
      outputTokens: Number(row.outputTokens),
      cachedInputTokens: Number(row.cachedInputTokens),
      costMicroUsd: row.costUnknown ? null : Number(row.costMicroUsd),
    },
    budget,
    metadata: row.metadata as Record<string, string>,
    tags: row.tags,
    webhook,
    sessionId: row.sessionId,
    parentMissionId: row.parentMissionId,
    depth: row.depth,
    chainStage: row.chainStage,
    retryOf: row.retryOf,
    forkedFrom: row.forkedFrom,
    cancelRequestedAt: row.cancelRequestedAt,
    pausedAt: row.pausedAt,
    expiresAt: row.expiresAt,
    deadlineAt: row.deadlineAt,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
  };
  const { finishedAt } = row;
  const reason =
    row.statusCode === null ? null : { code: row.statusCode, message: row.statusMessage ?? '', at: row.statusAt };
  const unfinished = { ...base, finishedAt: null };
  switch (row.status) {
    case 'queued':
      return {
        ...unfinished,
        status: 'queued',
        statusReason: heldBackByPool(row, pool) ?? reason,
        runAfter: row.runAfter,
        dueForMs: pool.now.getTime() - row.runAfter.getTime(),
      };
    case 'running':
      if (row.workerId === null) throw brokenRow(row);
      return { ...unfinished, status: 'running', statusReason: null, workerId: row.workerId };
    case 'waiting':
      if (reason === null || row.waitingFor === null) throw brokenRow(row);
      return { ...unfinished, status: 'waiting', statusReason: reason, waitingFor: row.waitingFor as WaitingFor };
    case 'completed':
      if (finishedAt === null) throw brokenRow(row);
      return { ...base, status: 'completed', statusReason: null, finishedAt };
    case 'failed':
    case 'cancelled':
      if (reason === null || finishedAt === null) throw brokenRow(row);
      return { ...base, status: row.status, statusReason: reason, finishedAt };
  }
}

function brokenRow({ id, status }: ListedRow): Error {
  return new Error(`the row of ${id} lacks what the status ${status} promises`);
}

/** Codes of a queued mission that hold whatever becomes of its pool. */
const ITS_OWN = new Set(['paused', 'agent_off', 'account_limit', 'session_busy']);

/** A due mission that nothing else holds back waits for its pool, if that is paused. */
function heldBackByPool({ statusCode, runAfter }: ListedRow, { pausedAt, now }: PoolNow): StatusReason | null {
  if (pausedAt === null || runAfter.getTime() > now.getTime() || ITS_OWN.has(statusCode ?? '')) return null;
  return { code: 'paused', message: 'an operator paused its pool', at: pausedAt };
}
