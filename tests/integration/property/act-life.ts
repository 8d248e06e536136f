import { WAITING_REASONS } from '@flotilla/core';
import type { Park } from '@flotilla/db';
import type { Move } from './model/move.ts';
import { kindOfAsk } from './model/park.ts';
import type { Outcome } from './model/play.ts';
import { at } from './model/world.ts';
import { idOf, newMissionId, owe, ring, ringAgain, type Stage } from './stage.ts';

const HOUR_MS = 3_600_000;
const LIMITS = { maxSteps: 100, maxOutputTokens: 100 };
export const SPEC = {
  goal: 'test',
  model: 'sim/load',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: LIMITS,
};

type OfLife = Extract<Move, { kind: 'claim' | 'leave' | 'cancel' | 'pause' | 'resume' | 'answer' }>;

/** The moves of one mission's life. */
export async function actOnLife(stage: Stage, move: OfLife): Promise<Outcome> {
  const accountId = at(stage.accountIds, stage.accountOf.get(move.mission) ?? 0);
  const missionId = idOf(stage, move);
  switch (move.kind) {
    case 'claim': {
      const { lease } = at(stage.dbs, move.slot % 2);
      const claimed = await lease.claim({ missionId, workerId: at(stage.workerIds, move.worker) });
      if (claimed === 'not_ours') return claimed;
      return { attempt: claimed.attempt, stepCount: claimed.stepCount, tries: claimed.tries };
    }
    case 'leave':
      return leave(stage, move);
    case 'pause': {
      const outcome = await at(stage.dbs, move.via).missions.pause(accountId, missionId);
      // Whom it makes way for is not the model's to know: `wakes.test.ts` has it.
      return outcome.kind === 'paused' ? { kind: 'paused' } : outcome;
    }
    case 'cancel': {
      const outcome = await at(stage.dbs, move.via).missions.cancel(accountId, missionId);
      if (outcome.kind !== 'cancelled') return outcome;
      return { kind: outcome.kind, deliveries: owe(stage, move.mission, outcome.deliveryIds) };
    }
    case 'resume': {
      const outcome = await at(stage.dbs, move.via).missions.resume(accountId, missionId);
      if (outcome.kind !== 'resumed') return outcome;
      return { kind: outcome.kind, isRung: outcome.bell !== null && ring(stage, move.mission, outcome.bell.rings) };
    }
    case 'answer': {
      const askId = await askIdOf(stage, missionId, move.ask);
      const given = { accountId, missionId, askId, answer: 'yes', answeredBy: 'test' };
      const outcome = await at(stage.dbs, move.via).missions.answer(given);
      if (outcome.kind !== 'answered') return outcome;
      return { kind: outcome.kind, isRung: outcome.bell !== null && ring(stage, move.mission, outcome.bell.rings) };
    }
  }
}

async function askIdOf({ sql }: Stage, missionId: string, name: string): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT id FROM answers WHERE mission_id = $1 AND concat(step_number, '.', call_index) = $2`,
    [missionId, name],
  );
  return rows[0]?.id ?? 'ans_never';
}

type Leave = Extract<Move, { kind: 'leave' }>;

async function leave(stage: Stage, move: Leave): Promise<Outcome> {
  const owner = { missionId: idOf(stage, move), attempt: move.attempt };
  const left = await at(stage.dbs, move.via).lease.leave({ ...owner, ...wayOut(stage, move) });
  if (left === 'fenced') return left;
  const { status, wakes, rings, deliveryIds } = left;
  const isDue = status === 'queued' && move.to === 'queued' && !move.isLater;
  return {
    status,
    wakes,
    isRung: isDue && ringAgain(stage, move.mission, rings),
    deliveries: owe(stage, move.mission, deliveryIds),
  };
}

function wayOut(stage: Stage, move: Leave) {
  const { to, isLater, attempt } = move;
  switch (to) {
    case 'completed':
      return { status: to, output: `by attempt ${attempt}` };
    case 'failed':
      return { status: to, code: 'max_steps', message: 'test' };
    case 'queued':
      return { status: to, code: 'retry_backoff', message: 'test', afterMs: isLater ? HOUR_MS : 0, tries: 1 };
    case 'waiting':
      return parkOf(stage, move);
  }
}

function parkOf(stage: Stage, move: Leave): Park {
  const { step } = move;
  const account = stage.accountOf.get(move.mission) ?? 0;
  const asks = Array.from({ length: move.asks }, (_, index) => ({
    kind: kindOfAsk(index),
    step,
    index,
    request: {},
    argumentsHash: null,
    expiresInMs: move.asksExpire ? HOUR_MS : null,
  }));
  const children = move.children.map((number, index) => ({
    id: newMissionId(stage, number, account),
    step,
    index: move.asks + index,
    spec: SPEC,
  }));
  const kind = asks[0]?.kind ?? 'children';
  return { status: 'waiting', ...WAITING_REASONS[kind], waitingFor: { kind, detail: {} }, asks, children, tries: 0 };
}
