import type { Aftermath, EndedMission } from '@flotilla/db';
import { SPEC } from './act-life.ts';
import type { Move } from './model/move.ts';
import type { Outcome } from './model/play.ts';
import { at } from './model/world.ts';
import { idOf, newMissionId, owe, ring, type Stage } from './stage.ts';

const HOUR_MS = 3_600_000;

type OfMissions = Extract<
  Move,
  { kind: 'create' | 'copy' | 'settle' | 'settle_families' | 'cancel_in_bulk' | 'set_limits' }
>;

/** The moves that make missions, and those that concern many. */
export async function actOnMissions(stage: Stage, move: OfMissions): Promise<Outcome> {
  switch (move.kind) {
    case 'create':
      return create(stage, move);
    case 'copy':
      return copy(stage, move);
    case 'settle':
      return aftermathOf(stage, await at(stage.dbs, move.via).missions.settle([await endOf(stage, move)]));
    case 'settle_families':
      return aftermathOf(stage, await at(stage.dbs, move.via).sweep.settleFamilies());
    case 'cancel_in_bulk':
      return cancelInBulk(stage, move);
    case 'set_limits': {
      const accountId = at(stage.accountIds, move.account);
      await at(stage.dbs, move.via).accounts.setLimits({ accountId, maxRunning: move.maxRunning });
      const { rows } = await stage.sql.query<{ id: string }>(
        `SELECT id FROM missions WHERE account_id = $1 AND status = 'queued' AND status_code = 'account_limit'
         AND paused_at IS NULL AND rung_at IS NULL ORDER BY id`,
        [accountId],
      );
      return { unrung: rows.map(({ id }) => stage.slotOf(id)) };
    }
  }
}

async function create(stage: Stage, move: Extract<Move, { kind: 'create' }>): Promise<Outcome> {
  const id = newMissionId(stage, move.mission, move.account);
  const inHours = (hours: number) => new Date(stage.now.getTime() + hours * HOUR_MS);
  const created = await at(stage.dbs, move.mission % 2).missions.create({
    id,
    accountId: at(stage.accountIds, move.account),
    sessionId: move.isInSession ? at(stage.sessionIds, move.account) : null,
    spec: SPEC,
    pool: 'default',
    priority: move.priority,
    tags: [],
    metadata: {},
    endpointId: move.hasWebhook ? at(stage.endpointIds, move.account) : null,
    startAt: move.isDelayed ? inHours(1) : null,
    expiresAt: move.ends === 'expires' ? inHours(0.5) : null,
    deadlineAt: move.ends === 'deadline' ? inHours(1.5) : null,
  });
  return { isRung: created.rings > 0 && ring(stage, move.mission, created.rings) };
}

async function copy(stage: Stage, move: Extract<Move, { kind: 'copy' }>): Promise<Outcome> {
  const account = stage.accountOf.get(move.mission) ?? 0;
  const ids = { id: newMissionId(stage, move.number, account), sourceId: idOf(stage, move) };
  const wanted =
    move.how === 'fork'
      ? { ...ids, kind: 'fork' as const, upTo: move.upTo, spec: SPEC }
      : { ...ids, kind: 'retry' as const, from: move.how };
  const how = { accountId: at(stage.accountIds, account), once: move.once };
  const [outcome] = await at(stage.dbs, move.via).missions.copy([wanted], how);
  if (outcome?.kind !== 'copied') return outcome;
  return { kind: 'copied', isRung: ring(stage, move.number, outcome.bell.rings) };
}

/** As whoever ended it would have told. */
async function endOf(stage: Stage, move: { mission: number }): Promise<EndedMission> {
  const { rows } = await stage.sql.query<EndedMission>(
    `SELECT id AS "missionId", account_id AS "accountId", session_id AS "sessionId",
            parent_mission_id AS "parentMissionId", child_count > 0 AS "hasChildren" FROM missions WHERE id = $1`,
    [idOf(stage, move)],
  );
  return at(rows, 0);
}

async function aftermathOf(stage: Stage, { bells, deliveryIds, toStop }: Aftermath): Promise<Outcome> {
  for (const { missionId, rings } of bells) ring(stage, stage.slotOf(missionId), rings);
  const owed = await oweAll(stage, deliveryIds);
  const inOrder = (ids: string[]) => ids.map((id) => stage.slotOf(id)).toSorted((one, other) => one - other);
  return { rung: inOrder(bells.map(({ missionId }) => missionId)), owed, asked: inOrder(toStop) };
}

async function oweAll(stage: Stage, deliveryIds: readonly string[]): Promise<number> {
  const { rows } = await stage.sql.query<{ id: string; mission_id: string }>(
    'SELECT id, mission_id FROM deliveries WHERE id = ANY ($1)',
    [deliveryIds],
  );
  for (const { id, mission_id } of rows) owe(stage, stage.slotOf(mission_id), [id]);
  return rows.length;
}

async function cancelInBulk(stage: Stage, move: Extract<Move, { kind: 'cancel_in_bulk' }>): Promise<Outcome> {
  const { missions } = at(stage.dbs, move.via);
  const accountId = at(stage.accountIds, move.account);
  const filter = { accountId, statuses: ['queued', 'waiting', 'running'], isUncancelled: true } as const;
  const done: Outcome[] = [];
  for (const missionId of await missions.findIds(filter, { before: null, limit: move.limit })) {
    const mission = stage.slotOf(missionId);
    const outcome = await missions.cancel(accountId, missionId);
    if (outcome.kind !== 'cancelled') done.push({ mission, ...outcome });
    else done.push({ mission, kind: outcome.kind, deliveries: owe(stage, mission, outcome.deliveryIds) });
  }
  return done;
}
