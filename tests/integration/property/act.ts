import { createId } from '@flotilla/core';
import { respond, resultOf } from '../db/fixture.ts';
import type { Move } from './move.ts';
import type { Outcome } from './play.ts';
import { register, type Stage } from './stage.ts';
import { at } from './world.ts';

const HOUR_MS = 3_600_000;

/** Makes a move in the database, and tells what came of it in the model's words. */
export async function act(stage: Stage, move: Move): Promise<Outcome> {
  switch (move.kind) {
    case 'create':
      return create(stage, move);
    case 'claim': {
      const db = at(stage.dbs, move.slot % 2);
      const claimed = await db.lease.claim({
        missionId: idOf(stage, move),
        workerId: at(stage.workerIds, move.worker),
      });
      if (claimed === 'not_ours') return claimed;
      return { attempt: claimed.attempt, stepCount: claimed.stepCount, tries: claimed.tries };
    }
    case 'respond':
    case 'start_call':
    case 'result':
    case 'leave':
      return write(stage, move);
    case 'cancel':
    case 'pause':
    case 'resume':
      return ask(stage, move);
    case 'beat': {
      const beat = await at(stage.dbs, move.slot % 2).lease.beat(at(stage.workerIds, move.worker));
      const toStop = beat.toStop.map(({ missionId, ...stop }) => ({ mission: stage.slotOf(missionId), ...stop }));
      return { alive: beat.alive, toStop: toStop.toSorted((a, b) => a.mission - b.mission) };
    }
    case 'stop':
      await at(stage.dbs, move.slot % 2).lease.stop(at(stage.workerIds, move.worker));
      return null;
    case 'register':
      await register(stage, move.slot);
      return null;
    case 'die':
      await stage.sql.query('UPDATE workers SET lease_expires_at = now() WHERE id = $1', [
        at(stage.workerIds, move.worker),
      ]);
      return null;
    case 'requeue_orphans':
    case 'end_overdue':
    case 'take_due':
    case 'wake':
      return sweep(stage, move);
    case 'claim_delivery':
    case 'record':
      return deliver(stage, move);
    case 'time_passes':
      await stage.sql.query(
        `UPDATE missions SET run_after = run_after - $2::interval, rung_at = rung_at - $2::interval,
                expires_at = expires_at - $2::interval, deadline_at = deadline_at - $2::interval WHERE id = $1`,
        [idOf(stage, move), '1 hour'],
      );
      return null;
    case 'delivery_time_passes':
      await stage.sql.query(
        `UPDATE deliveries SET next_attempt_at = next_attempt_at - interval '1 hour' WHERE mission_id = $1`,
        [idOf(stage, move)],
      );
      return null;
  }
}

function idOf(stage: Stage, move: { mission: number }): string {
  return stage.missionIds.get(move.mission) ?? 'mis_missing';
}

function ring(stage: Stage, mission: number, rings: number): true {
  stage.bells.push(`${mission} ${rings}`);
  return true;
}

function owe(stage: Stage, mission: number, deliveryIds: string[]): number {
  stage.deliveryIds.set(mission, [...(stage.deliveryIds.get(mission) ?? []), ...deliveryIds]);
  return deliveryIds.length;
}

async function create(stage: Stage, move: Extract<Move, { kind: 'create' }>): Promise<Outcome> {
  const id = createId('mission');
  stage.missionIds.set(move.mission, id);
  stage.accountOf.set(move.mission, move.account);
  const inHours = (hours: number) => new Date(stage.now.getTime() + hours * HOUR_MS);
  const limits = { maxSteps: 100, maxOutputTokens: 100 };
  const created = await at(stage.dbs, move.mission % 2).missions.create({
    id,
    accountId: at(stage.accountIds, move.account),
    spec: { goal: 'test', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits },
    pool: 'default',
    priority: move.priority,
    tags: [],
    metadata: {},
    endpointId: move.hasWebhook ? at(stage.endpointIds, move.account) : null,
    startAt: move.isDelayed ? inHours(1) : null,
    expiresAt: move.ends === 'expires' ? inHours(1.5) : null,
    deadlineAt: move.ends === 'deadline' ? inHours(2.5) : null,
  });
  return { isRung: created.rings > 0 && ring(stage, move.mission, created.rings) };
}

type Write = Extract<Move, { kind: 'respond' | 'start_call' | 'result' | 'leave' }>;

async function write(stage: Stage, move: Write): Promise<Outcome> {
  const db = at(stage.dbs, move.via);
  const owner = { missionId: idOf(stage, move), attempt: move.attempt };
  switch (move.kind) {
    case 'respond':
      return db.steps.commitResponse({ ...owner, ...respond(move.number, move.calls) });
    case 'start_call':
      return db.steps.startToolCall({ ...owner, step: move.step, index: move.index });
    case 'result':
      return db.steps.commitToolResult({ ...owner, ...resultOf(move.step, move.index, `by attempt ${move.attempt}`) });
    case 'leave': {
      const left = await db.lease.leave({ ...owner, ...wayOut(move) });
      if (left === 'fenced') return left;
      const isRung = left.status === 'queued' && !move.isLater && ring(stage, move.mission, left.rings);
      const { status, wakes } = left;
      return { status, wakes, isRung, deliveries: owe(stage, move.mission, left.deliveryIds) };
    }
  }
}

function wayOut({ to, isLater, attempt }: Extract<Move, { kind: 'leave' }>) {
  switch (to) {
    case 'completed':
      return { status: to, output: `by attempt ${attempt}` };
    case 'failed':
      return { status: to, code: 'max_steps', message: 'test' };
    case 'queued':
      return { status: to, code: 'retry_backoff', message: 'test', afterMs: isLater ? HOUR_MS : 0, tries: 1 };
  }
}

async function ask(stage: Stage, move: Extract<Move, { kind: 'cancel' | 'pause' | 'resume' }>): Promise<Outcome> {
  const { missions } = at(stage.dbs, move.via);
  const accountId = at(stage.accountIds, stage.accountOf.get(move.mission) ?? 0);
  if (move.kind === 'pause') {
    const outcome = await missions.pause(accountId, idOf(stage, move));
    // Whom it makes way for is not the model's to know: `wakes.test.ts` has it.
    return outcome.kind === 'paused' ? { kind: 'paused' } : outcome;
  }
  if (move.kind === 'cancel') {
    const outcome = await missions.cancel(accountId, idOf(stage, move));
    if (outcome.kind !== 'cancelled') return outcome;
    return { kind: outcome.kind, deliveries: owe(stage, move.mission, outcome.deliveryIds) };
  }
  const outcome = await missions.resume(accountId, idOf(stage, move));
  if (outcome.kind !== 'resumed') return outcome;
  return { kind: outcome.kind, isRung: outcome.bell !== null && ring(stage, move.mission, outcome.bell.rings) };
}

type Sweep = Extract<Move, { kind: 'requeue_orphans' | 'end_overdue' | 'take_due' | 'wake' }>;

async function sweep(stage: Stage, move: Sweep): Promise<Outcome> {
  const db = at(stage.dbs, move.via);
  if (move.kind === 'requeue_orphans') {
    const orphans = (await db.sweep.requeueOrphans()).map(({ missionId, status, rings, deliveryIds }) => {
      const slot = stage.slotOf(missionId);
      if (status === 'queued') ring(stage, slot, rings);
      return [slot, { status, deliveries: owe(stage, slot, deliveryIds) }];
    });
    return Object.fromEntries(orphans);
  }
  if (move.kind === 'end_overdue') {
    const ended = (await db.sweep.endOverdue()).map(({ missionId, code, deliveryIds }) => {
      const slot = stage.slotOf(missionId);
      return [slot, { code, deliveries: owe(stage, slot, deliveryIds) }];
    });
    return Object.fromEntries(ended);
  }
  const rung =
    move.kind === 'wake'
      ? await db.lease.wake(stage.accountIds)
      : await db.sweep.takeDueMissions('default', move.limit);
  for (const { missionId, rings } of rung) ring(stage, stage.slotOf(missionId), rings);
  return Object.fromEntries(rung.map(({ missionId }) => [stage.slotOf(missionId), 'rung']));
}

async function deliver(stage: Stage, move: Extract<Move, { kind: 'claim_delivery' | 'record' }>): Promise<Outcome> {
  const { deliveries } = at(stage.dbs, move.via);
  const deliveryId = stage.deliveryIds.get(move.mission)?.[move.delivery] ?? 'dlv_missing';
  if (move.kind === 'claim_delivery') {
    const claimed = await deliveries.claim(deliveryId);
    return claimed && { attempt: claimed.attempt, event: claimed.eventType };
  }
  const post = { durationMs: 1, responseStatus: 200, responseBody: null, error: null };
  return deliveries.record({ deliveryId, attempt: move.attempt, ...post, next: nextOf(move) });
}

function nextOf({ next }: Extract<Move, { kind: 'record' }>) {
  switch (next) {
    case 'retry':
      return { kind: 'retry' as const, afterMs: 0 };
    case 'retry_later':
      return { kind: 'retry' as const, afterMs: HOUR_MS };
    case 'delivered':
    case 'failed':
      return { kind: next };
  }
}
