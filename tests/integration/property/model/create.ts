import type { Draw } from './move.ts';
import type { MissionState } from './world.ts';

/** A mission as it is when it has just been accepted. */
export function created(how: Omit<Extract<Draw, { kind: 'create' }>, 'kind'>): MissionState {
  return {
    account: how.account,
    isInSession: how.isInSession,
    parent: null,
    depth: 0,
    children: {},
    asks: {},
    retryOf: null,
    priority: how.priority,
    hasWebhook: how.hasWebhook,
    status: 'queued',
    code: how.isDelayed ? 'delayed' : null,
    output: null,
    attempt: 0,
    leftAttempt: null,
    workerOf: [],
    tries: 0,
    deaths: 0,
    isStarted: false,
    isPaused: false,
    isCancelAsked: false,
    isRung: !how.isDelayed,
    wasRung: false,
    clock: 0,
    runAfter: how.isDelayed ? 1 : 0,
    expiresAt: how.ends === 'expires' ? 0.5 : null,
    deadlineAt: how.ends === 'deadline' ? 1.5 : null,
    events: ['mission.queued'],
    steps: [],
    deliveries: [],
  };
}
