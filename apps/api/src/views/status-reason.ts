import { type StatusCode, type StatusReason, SWEEP_EVERY_MS } from '@flotilla/core';
import type { ListedMission } from '@flotilla/db';

/** A mission that is due is claimed in an instant if a slot is free; one whose bell got lost, within two sweeps. */
const ABOUT_TO_RUN_MS = 2 * SWEEP_EVERY_MS;

/** What keeps a mission until its moment, or its next worker, and is no reason any more once that should have come. */
const PASSING = new Set<string>(['delayed', 'retry_backoff', 'rate_limited', 'draining'] satisfies StatusCode[]);

/**
 * Why a mission is where it is. A queued one that was turned away, delayed or paused has it from whoever did that; one
 * that nobody came for by now waits for a slot, which is nobody's to write down.
 */
export function reasonOf(mission: ListedMission): StatusReason | null {
  const { status, statusReason } = mission;
  if (status !== 'queued' || (statusReason !== null && !PASSING.has(statusReason.code))) return statusReason;
  if (mission.dueForMs < ABOUT_TO_RUN_MS) return statusReason;
  const dueAt = mission.runAfter ?? mission.createdAt;
  return { code: 'no_worker', message: `no worker of the pool ${mission.pool} has had a free slot since`, at: dueAt };
}
