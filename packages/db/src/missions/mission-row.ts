import type { Mission, MissionSpec, StatusReason, WaitingFor } from '@flotilla/core';
import type { Mission as MissionRow } from '../generated/prisma/client.ts';

/** What a mission's own row does not tell. */
type Around = Pick<Mission, 'webhook' | 'budget'> & { poolPausedAt: Date | null };

/**
 * A row as core's `Mission`: here the columns become the union that the status decides.
 * @throws when a row breaks what its status promises; the table's own constraints do not let one in
 */
export function toMission(row: MissionRow, { webhook, poolPausedAt, budget }: Around): Mission {
  const base = {
    id: row.id,
    accountId: row.accountId,
    spec: row.spec as MissionSpec,
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
  const reason =
    row.statusCode === null ? null : { code: row.statusCode, message: row.statusMessage ?? '', at: row.statusAt };
  const broken = () => new Error(`the row of ${row.id} lacks what the status ${row.status} promises`);
  const unfinished = { ...base, finishedAt: null, output: null };
  switch (row.status) {
    case 'queued':
      return {
        ...unfinished,
        status: 'queued',
        statusReason: heldBackByPool(row, poolPausedAt) ?? reason,
        runAfter: row.runAfter,
      };
    case 'running':
      if (row.workerId === null) throw broken();
      return { ...unfinished, status: 'running', statusReason: null, workerId: row.workerId };
    case 'waiting':
      if (reason === null || row.waitingFor === null) throw broken();
      return { ...unfinished, status: 'waiting', statusReason: reason, waitingFor: row.waitingFor as WaitingFor };
    case 'completed':
      if (row.output === null || row.finishedAt === null) throw broken();
      return { ...base, status: 'completed', statusReason: null, output: row.output, finishedAt: row.finishedAt };
    case 'failed':
    case 'cancelled':
      if (reason === null || row.finishedAt === null) throw broken();
      return { ...base, status: row.status, statusReason: reason, output: null, finishedAt: row.finishedAt };
  }
}

/** Codes of a queued mission that hold whatever becomes of its pool. */
const ITS_OWN = new Set(['paused', 'agent_off', 'account_limit', 'session_busy']);

/** A due mission that nothing else holds back waits for its pool, if that is paused. */
function heldBackByPool({ statusCode, runAfter }: MissionRow, poolPausedAt: Date | null): StatusReason | null {
  if (poolPausedAt === null || runAfter.getTime() > Date.now() || ITS_OWN.has(statusCode ?? '')) return null;
  return { code: 'paused', message: 'an operator paused its pool', at: poolPausedAt };
}
