import type { BudgetShortage, Ownership } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { amountsOf } from './limits.ts';
import { ranSeconds } from './ran.ts';
import { toShortage } from './shortage.ts';

/**
 * The most that a model call may cost. `number` counts the reservations of a run; `microUsd` null: nobody knows.
 * `isOptional`: the mission goes on without the call, so that there is no room for it is none of its events. `chainStage`:
 * whose turn it is, in a chain whose roles have budgets. Nothing of tokens and money is room enough for a call that costs
 * none.
 */
export type NewReservation = Ownership & {
  number: number;
  step: number;
  tokens: number;
  microUsd: number | null;
  isOptional?: boolean;
  chainStage?: number;
};

/** `unlimited`: the mission has no budget. `price_unknown`: it has one in US dollars, and the call has no known price. */
export type ReserveOutcome =
  | { kind: 'reserved' | 'unlimited' | 'price_unknown' | 'fenced' }
  | { kind: 'exhausted'; shortage: BudgetShortage };

type Row = Ownership & { hasBudget: boolean; isPriceUnknown: boolean; what: BudgetShortage['what'] | null } & Record<
    'limit' | 'spent' | 'reserved' | 'needed',
    number
  >;

/** From this part of a budget on, its mission is warned of. */
const WARNED_AT = 0.8;

const ROLE = amountsOf(Prisma.sql`m.role_budget`);

/**
 * Sets aside what a model call may cost, before it is made: where it does not fit beside what is spent and set aside
 * already, it is not to be made. A budget is so never overrun by more than a call costs beyond what was estimated.
 *
 * Under the locks of the mission and of its budget, in this order, so that calls side by side are counted one after the
 * other. The write carries its attempt; one that is repeated, since its first reply was lost, counts once. The first time
 * that a budget has no room, and the first time that most of it is gone, are events of the mission.
 *
 * With the first call of a role's turn, what the mission may have spent in all by its end is written down, if the role has
 * a budget: what is gone by then, and that. Roles take turns, so one row can say it, and everything that reads or raises a
 * limit deals in totals of the mission.
 */
export async function reserveCalls(client: Client, calls: NewReservation[]): Promise<ReserveOutcome[]> {
  const rows = await runStatement<Row>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(calls)}
          AS i("missionId" text, attempt int, number int, step int, tokens bigint, "microUsd" bigint, "isOptional" boolean,
               "chainStage" int2)
        WHERE ${lookedUp('missionId')}
      ), owned AS MATERIALIZED (
        SELECT i.*, m.id, m.account_id, m.step_count, m.cost_micro_usd, m.input_tokens + m.output_tokens AS used_tokens,
               CASE WHEN i."chainStage" IS NOT NULL THEN m.spec->'chain'->(i."chainStage"::int)->'budget' END AS role_budget
        FROM input i JOIN missions m ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status::text = 'running'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), budget AS MATERIALIZED (
        -- Read under its own lock: this statement's snapshot may be older than what it waited for.
        SELECT b.* FROM budgets b WHERE b.mission_id IN (SELECT id FROM owned) ORDER BY b.mission_id FOR NO KEY UPDATE
      ), spent AS MATERIALIZED (
        SELECT m.*, b.mission_id IS NOT NULL AS has_budget, b.warned_at, b.exhausted_at,
               m."chainStage" IS NOT NULL AND m."chainStage" IS DISTINCT FROM b.role_stage AS begins,
               b.micro_usd AS own_usd, b.role_micro_usd AS role_usd,
               m.cost_micro_usd + b.drawn_micro_usd AS usd_spent, b.reserved_micro_usd,
               b.tokens AS own_tokens, b.role_tokens, m.used_tokens + b.drawn_tokens AS tokens_spent, b.reserved_tokens,
               b.steps AS own_steps, b.role_steps, m.step_count + b.drawn_steps AS steps_spent,
               (m.step > m.step_count)::int AS steps_needed,
               b.seconds AS own_seconds, b.role_seconds,
               CASE WHEN b.seconds IS NOT NULL OR b.role_seconds IS NOT NULL OR m.role_budget ? 'wallClockSeconds'
                    THEN ${ranSeconds('m')} + b.drawn_seconds END AS seconds_spent,
               ${ROLE.microUsd} AS usd_given, ${ROLE.tokens} AS tokens_given, ${ROLE.steps} AS steps_given,
               ${ROLE.seconds} AS seconds_given,
               EXISTS (SELECT FROM budget_reservations r
                       WHERE r.mission_id = m.id AND r.attempt = m.attempt AND r.number = m.number) AS is_repeated
        FROM owned m LEFT JOIN budget b ON b.mission_id = m.id
      ), turn AS MATERIALIZED (
        SELECT s.*,
               CASE WHEN begins THEN usd_spent + reserved_micro_usd + usd_given ELSE role_usd END AS turn_usd,
               CASE WHEN begins THEN tokens_spent + reserved_tokens + tokens_given ELSE role_tokens END AS turn_tokens,
               CASE WHEN begins THEN steps_spent + steps_given ELSE role_steps END AS turn_steps,
               CASE WHEN begins THEN ceil(seconds_spent)::int + seconds_given ELSE role_seconds END AS turn_seconds
        FROM spent s
      ), counted AS MATERIALIZED (
        SELECT t.*, LEAST(own_usd, turn_usd) AS usd_limit, LEAST(own_tokens, turn_tokens) AS tokens_limit,
               LEAST(own_steps, turn_steps) AS steps_limit, LEAST(own_seconds, turn_seconds) AS seconds_limit,
               "microUsd" IS NULL AND LEAST(own_usd, turn_usd) IS NOT NULL AS price_unknown
        FROM turn t
      ), judged AS MATERIALIZED (
        SELECT c.*,
               CASE WHEN is_repeated OR price_unknown THEN NULL
                    WHEN steps_needed > 0 AND steps_spent + steps_needed > steps_limit THEN 'steps'
                    WHEN seconds_spent >= seconds_limit THEN 'wallClockSeconds'
                    WHEN c.tokens > 0 AND tokens_spent + reserved_tokens + c.tokens > tokens_limit THEN 'tokens'
                    WHEN "microUsd" > 0 AND usd_spent + reserved_micro_usd + "microUsd" > usd_limit THEN 'usd'
               END AS what,
               (begins OR warned_at IS NULL) AND GREATEST(
                 steps_spent::float8 / NULLIF(own_steps, 0), seconds_spent / NULLIF(own_seconds, 0),
                 (tokens_spent + reserved_tokens)::float8 / NULLIF(own_tokens, 0),
                 (usd_spent + reserved_micro_usd)::float8 / NULLIF(own_usd, 0),
                 -- Of a role's, what its turn has left is held against what it was given.
                 1 - (turn_steps - steps_spent)::float8 / steps_given, 1 - (turn_seconds - seconds_spent) / seconds_given,
                 1 - (turn_tokens - tokens_spent - reserved_tokens)::float8 / tokens_given,
                 1 - (turn_usd - usd_spent - reserved_micro_usd)::float8 / usd_given) >= ${WARNED_AT}::float8 AS is_low
        FROM counted c
      ), reserved AS (
        INSERT INTO budget_reservations (mission_id, attempt, number, step_number, micro_usd, tokens)
        SELECT id, attempt, number, step, COALESCE("microUsd", 0), tokens FROM judged
        WHERE has_budget AND what IS NULL AND NOT price_unknown AND NOT is_repeated
        ON CONFLICT DO NOTHING
        RETURNING mission_id, micro_usd, tokens
      ), told AS MATERIALIZED (
        SELECT j.*, COALESCE(is_low, false)::int AS warnings,
               (what IS NOT NULL AND (begins OR exhausted_at IS NULL) AND "isOptional" IS NOT TRUE)::int AS exhaustions
        FROM judged j
      ), raised AS (
        UPDATE budgets b
        SET reserved_micro_usd = b.reserved_micro_usd + COALESCE(r.micro_usd, 0),
            reserved_tokens = b.reserved_tokens + COALESCE(r.tokens, 0),
            role_stage = CASE WHEN t.begins THEN t."chainStage" ELSE b.role_stage END, role_micro_usd = t.turn_usd,
            role_tokens = t.turn_tokens, role_steps = t.turn_steps, role_seconds = t.turn_seconds,
            warned_at = CASE WHEN t.warnings = 1 THEN now() WHEN NOT t.begins THEN b.warned_at END,
            exhausted_at = CASE WHEN t.exhaustions = 1 THEN now() WHEN NOT t.begins THEN b.exhausted_at END
        FROM told t LEFT JOIN reserved r ON r.mission_id = t.id
        WHERE b.mission_id = t.id AND (r.mission_id IS NOT NULL OR t.warnings + t.exhaustions > 0 OR t.begins)
      ), numbered AS (
        UPDATE missions m SET event_sequence = m.event_sequence + t.warnings + t.exhaustions
        FROM told t WHERE m.id = t.id AND t.warnings + t.exhaustions > 0
        RETURNING m.event_sequence, t.*
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT id, event_sequence - exhaustions, account_id, 'budget.warning', jsonb_strip_nulls(jsonb_build_object(
                 'usd', CASE WHEN usd_limit IS NOT NULL THEN jsonb_build_object(
                   'limit', usd_limit / 1000000.0, 'spent', (usd_spent + reserved_micro_usd) / 1000000.0) END,
                 'tokens', CASE WHEN tokens_limit IS NOT NULL THEN jsonb_build_object(
                   'limit', tokens_limit, 'spent', tokens_spent + reserved_tokens) END,
                 'steps', CASE WHEN steps_limit IS NOT NULL THEN jsonb_build_object(
                   'limit', steps_limit, 'spent', steps_spent) END,
                 'wallClockSeconds', CASE WHEN seconds_limit IS NOT NULL THEN jsonb_build_object(
                   'limit', seconds_limit, 'spent', round(seconds_spent)) END))
        FROM numbered WHERE warnings = 1
        UNION ALL
        SELECT id, event_sequence, account_id, 'budget.exhausted', jsonb_build_object('what', what)
        FROM numbered WHERE exhaustions = 1
      )
      SELECT "missionId", attempt, has_budget AS "hasBudget", price_unknown AS "isPriceUnknown", what,
             (CASE what WHEN 'usd' THEN usd_limit WHEN 'tokens' THEN tokens_limit WHEN 'steps' THEN steps_limit
                        WHEN 'wallClockSeconds' THEN seconds_limit END)::float8 AS limit,
             (CASE what WHEN 'usd' THEN usd_spent WHEN 'tokens' THEN tokens_spent WHEN 'steps' THEN steps_spent
                        WHEN 'wallClockSeconds' THEN seconds_spent END)::float8 AS spent,
             (CASE what WHEN 'usd' THEN reserved_micro_usd WHEN 'tokens' THEN reserved_tokens ELSE 0 END)::float8 AS reserved,
             (CASE what WHEN 'usd' THEN "microUsd" WHEN 'tokens' THEN tokens WHEN 'steps' THEN steps_needed
                        ELSE 0 END)::float8 AS needed
      FROM judged`,
  );
  const byOwner = new Map(rows.map((row) => [`${row.missionId} ${row.attempt}`, row]));
  return calls.map(({ missionId, attempt }) => toOutcome(byOwner.get(`${missionId} ${attempt}`)));
}

function toOutcome(row: Row | undefined): ReserveOutcome {
  if (!row) return { kind: 'fenced' };
  if (!row.hasBudget) return { kind: 'unlimited' };
  if (row.isPriceUnknown) return { kind: 'price_unknown' };
  return row.what === null
    ? { kind: 'reserved' }
    : { kind: 'exhausted', shortage: toShortage({ ...row, what: row.what }) };
}
