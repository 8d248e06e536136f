import { createId, type Mission, NO_USAGE } from '@flotilla/core';
import { expect, it } from 'vitest';
import { reasonOf } from './status-reason.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');

function queued(dueMsAgo: number, code?: string): Mission {
  const dueAt = new Date(NOW - dueMsAgo);
  const limits = { maxSteps: 1, maxOutputTokens: 1 };
  return {
    id: createId('mission'),
    accountId: createId('account'),
    spec: { goal: 'x', model: 'sim/demo', instructions: null, tools: [], modelOptions: {}, limits },
    budget: null,
    pool: 'gpu',
    priority: 5,
    attempt: 0,
    stepCount: 0,
    usage: NO_USAGE,
    metadata: {},
    tags: [],
    webhook: null,
    sessionId: null,
    parentMissionId: null,
    depth: 0,
    chainStage: 0,
    retryOf: null,
    forkedFrom: null,
    cancelRequestedAt: null,
    pausedAt: null,
    expiresAt: null,
    deadlineAt: null,
    createdAt: dueAt,
    startedAt: null,
    finishedAt: null,
    output: null,
    status: 'queued',
    statusReason: code === undefined ? null : { code, message: '', at: dueAt },
    runAfter: dueAt,
    dueForMs: dueMsAgo,
  };
}

it('a mission that nobody came for says that it waits for a slot of its pool', () => {
  expect(reasonOf(queued(60_000))).toMatchObject({ code: 'no_worker', message: expect.stringContaining('gpu') });
});

it('one that is about to run needs no reason, and one that has a reason keeps it', () => {
  expect(reasonOf(queued(1_000))).toBeNull();
  expect(reasonOf(queued(60_000, 'account_limit'))).toMatchObject({ code: 'account_limit' });
});

it('a wait that is long over is no reason: it is a slot that is missing now', () => {
  expect(reasonOf(queued(60_000, 'retry_backoff'))).toMatchObject({ code: 'no_worker' });
  expect(reasonOf(queued(-60_000, 'delayed'))).toMatchObject({ code: 'delayed' });
});
