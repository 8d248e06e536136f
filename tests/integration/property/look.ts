import { isId } from '@flotilla/core';
import { missionsOf, openAsks, type World } from './model/world.ts';
import type { Stage } from './stage.ts';

/** What can be seen of a world from outside: the same shape from the model and from the rows. */
export type Sight = { accounts: number[]; sessions: (number | null)[]; missions: Record<number, unknown> };

export function lookAtModel(world: World): Sight {
  const missions = missionsOf(world).map(([slot, mission]) => [
    slot,
    {
      status: mission.status,
      code: mission.code,
      output: mission.output,
      attempt: mission.attempt,
      leftAttempt: mission.leftAttempt,
      parent: mission.parent,
      depth: mission.depth,
      children: Object.keys(mission.children).length,
      pending: mission.status === 'waiting' ? openAsks(mission).length : 0,
      asks: Object.entries(mission.asks)
        .map(([name, { kind, state }]) => `${name} ${kind} ${state}`)
        .toSorted(),
      worker: mission.status === 'running' ? (mission.workerOf.at(-1) ?? null) : null,
      tries: mission.tries,
      deaths: mission.deaths,
      isStarted: mission.isStarted,
      isPaused: mission.isPaused,
      isCancelAsked: mission.isCancelAsked,
      stepCount: mission.steps.length,
      events: mission.events.map((type, index) => `${index + 1} ${type}`),
      steps: mission.steps.map(({ attempt, calls }, index) => ({
        number: index + 1,
        attempt,
        isDone: calls.every((call) => call.status === 'completed'),
        calls: calls.map(({ status, by, result }) => ({ status, by, result })),
      })),
      deliveries: mission.deliveries.map(({ status, attempt, recorded }) => ({
        status,
        attempt,
        recorded: recorded.toSorted((a, b) => a - b),
      })),
    },
  ]);
  return {
    accounts: world.accounts.map(({ running }) => running),
    sessions: world.sessions.map(({ active }) => active),
    missions: Object.fromEntries(missions),
  };
}

const SIGHT = `
  SELECT m.id, jsonb_build_object(
    'status', m.status, 'code', m.status_code, 'output', m.output, 'attempt', m.attempt, 'worker', m.worker_id,
    'leftAttempt', m.left_attempt, 'parent', m.parent_mission_id, 'depth', m.depth, 'children', m.child_count,
    'pending', CASE m.status WHEN 'waiting' THEN m.pending_answers ELSE 0 END,
    'asks', (SELECT COALESCE(jsonb_agg(concat(a.step_number, '.', a.call_index, ' ', a.kind, ' ',
        CASE WHEN a.answer IS NOT NULL THEN 'answered' WHEN a.answered_at IS NOT NULL THEN 'expired' ELSE 'open' END)
        ORDER BY a.step_number, a.call_index), '[]') FROM answers a WHERE a.mission_id = m.id),
    'tries', m.tries, 'deaths', m.worker_deaths, 'isStarted', m.started_at IS NOT NULL,
    'isPaused', m.paused_at IS NOT NULL, 'isCancelAsked', m.cancel_requested_at IS NOT NULL, 'stepCount', m.step_count,
    'events', (SELECT jsonb_agg(e.sequence || ' ' || e.type ORDER BY e.sequence) FROM mission_events e WHERE e.mission_id = m.id),
    'steps', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
        'number', s.number, 'attempt', s.attempt, 'isDone', s.completed_at IS NOT NULL,
        'calls', (SELECT COALESCE(jsonb_agg(jsonb_build_object('status', t.status, 'by', t.attempt, 'result', t.result) ORDER BY t.index), '[]')
                  FROM tool_calls t WHERE t.mission_id = m.id AND t.step_number = s.number)) ORDER BY s.number), '[]')
      FROM steps s WHERE s.mission_id = m.id),
    'deliveries', (SELECT COALESCE(jsonb_object_agg(d.id, jsonb_build_object('status', d.status, 'attempt', d.attempt,
        'recorded', (SELECT COALESCE(jsonb_agg(a.number ORDER BY a.number), '[]') FROM delivery_attempts a WHERE a.delivery_id = d.id))), '{}')
      FROM deliveries d WHERE d.mission_id = m.id)) AS sight
  FROM missions m
  UNION ALL
  SELECT a.id, to_jsonb(a.running) FROM accounts a
  UNION ALL
  SELECT s.id, to_jsonb(s.active_mission_id) FROM sessions s`;

type Row = {
  id: string;
  sight: { worker: string | null; parent: string | null; deliveries: Record<string, unknown> };
};

export async function lookAtRows(stage: Stage): Promise<Sight> {
  const { rows } = await stage.sql.query<Row>(SIGHT);
  const others = new Map<string, unknown>(rows.map(({ id, sight }) => [id, sight]));
  const numberOf = (id: unknown) => (typeof id === 'string' ? stage.slotOf(id) : null);
  const missions = rows
    .filter(({ id }) => isId('mission', id))
    .map(({ id, sight }) => {
      const slot = stage.slotOf(id);
      const told = stage.deliveryIds.get(slot) ?? [];
      const untold = Object.keys(sight.deliveries).filter((delivery) => !told.includes(delivery));
      const deliveries = [...told, ...untold].map((delivery) => sight.deliveries[delivery] ?? 'missing');
      const worker = sight.worker && stage.workerIds.indexOf(sight.worker);
      return [slot, { ...sight, worker, parent: numberOf(sight.parent), deliveries }];
    });
  return {
    accounts: stage.accountIds.map((id) => Number(others.get(id))),
    sessions: stage.sessionIds.map((id) => numberOf(others.get(id))),
    missions: Object.fromEntries(missions),
  };
}
