import { respond, resultOf } from '../db/fixture.ts';
import { actOnLife } from './act-life.ts';
import { actOnMissions } from './act-missions.ts';
import { actOnSweep } from './act-sweep.ts';
import type { Move } from './model/move.ts';
import type { Outcome } from './model/play.ts';
import { isSweep } from './model/sweep.ts';
import { at } from './model/world.ts';
import { idOf, RECEIVER_URL, register, type Stage } from './stage.ts';

/** Makes a move in the database, and tells what came of it in the model's words. */
export async function act(stage: Stage, move: Move): Promise<Outcome> {
  if (isSweep(move)) return actOnSweep(stage, move);
  switch (move.kind) {
    case 'create':
    case 'copy':
    case 'settle':
    case 'settle_families':
    case 'cancel_in_bulk':
    case 'set_limits':
      return actOnMissions(stage, move);
    case 'claim':
    case 'leave':
    case 'cancel':
    case 'pause':
    case 'resume':
    case 'answer':
      return actOnLife(stage, move);
    case 'respond':
    case 'start_call':
    case 'result':
      return write(stage, move);
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
    case 'claim_delivery':
    case 'record':
      return deliver(stage, move);
    case 'time_passes':
    case 'delivery_time_passes':
      return letTimePass(stage, move);
  }
}

type Write = Extract<Move, { kind: 'respond' | 'start_call' | 'result' }>;

async function write(stage: Stage, move: Write): Promise<Outcome> {
  const { steps } = at(stage.dbs, move.via);
  const owner = { missionId: idOf(stage, move), attempt: move.attempt };
  switch (move.kind) {
    case 'respond':
      return steps.commitResponse({ ...owner, ...respond(move.number, move.calls) });
    case 'start_call':
      return steps.startToolCall({ ...owner, step: move.step, index: move.index });
    case 'result':
      return steps.commitToolResult({ ...owner, ...resultOf(move.step, move.index, `by attempt ${move.attempt}`) });
  }
}

async function deliver(stage: Stage, move: Extract<Move, { kind: 'claim_delivery' | 'record' }>): Promise<Outcome> {
  const { deliveries } = at(stage.dbs, move.via);
  const deliveryId = stage.deliveryIds.get(move.mission)?.[move.delivery] ?? 'dlv_missing';
  if (move.kind === 'claim_delivery') {
    const claimed = await deliveries.claim(deliveryId);
    return claimed && { attempt: claimed.attempt, event: claimed.eventType };
  }
  const post = { durationMs: 1, responseStatus: 200, responseBody: null, error: null, quietMs: null };
  const sent = { deliveryId, attempt: move.attempt, url: RECEIVER_URL };
  return (await deliveries.record({ ...sent, ...post, next: nextOf(move) })) !== null;
}

function nextOf({ next }: Extract<Move, { kind: 'record' }>) {
  switch (next) {
    case 'retry':
      return { kind: 'retry' as const, afterMs: 0 };
    case 'retry_later':
      return { kind: 'retry' as const, afterMs: 3_600_000 };
    case 'delivered':
      return { kind: next };
    case 'failed':
      return { kind: next, because: 'attempts_exhausted' as const };
  }
}

/** An hour, for one mission or its deliveries: its own moments move back. */
async function letTimePass(
  stage: Stage,
  move: Extract<Move, { kind: 'time_passes' | 'delivery_time_passes' }>,
): Promise<null> {
  const missionId = idOf(stage, move);
  if (move.kind === 'delivery_time_passes') {
    await stage.sql.query(
      `UPDATE deliveries SET next_attempt_at = next_attempt_at - interval '1 hour', rung_at = rung_at - interval '1 hour'
       WHERE mission_id = $1`,
      [missionId],
    );
    return null;
  }
  await stage.sql.query(
    `UPDATE missions SET run_after = run_after - $2::interval, rung_at = rung_at - $2::interval,
            expires_at = expires_at - $2::interval, deadline_at = deadline_at - $2::interval WHERE id = $1`,
    [missionId, '1 hour'],
  );
  await stage.sql.query(`UPDATE answers SET expires_at = expires_at - interval '1 hour' WHERE mission_id = $1`, [
    missionId,
  ]);
  return null;
}
