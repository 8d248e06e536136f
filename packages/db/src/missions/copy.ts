import { type MissionSpec, type MissionStatus, specVersionOf } from '@flotilla/core';
import { amountsOf, hasRoleBudgetsIn } from '../budgets/limits.ts';
import type { Client } from '../client.ts';
import { isTaken } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { KEEP_RECORDS, type NewRecord, openRecords } from '../idempotency/open-records.ts';
import { lookedUp, recordset, runLocked, runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';

/** A new mission that begins as another one of the same account did. */
export type MissionCopy = { id: string; sourceId: string } & (
  | { kind: 'retry'; from: 'start' | 'last_step' }
  /** After step `upTo`, with another spec. */
  | { kind: 'fork'; upTo: number; spec: MissionSpec }
);

/**
 * `not_ended`: only a mission that is over is retried. `retried`: it has been, and that retry is the one to retry.
 * `no_such_step`: the mission has `stepCount` of them. `ends_there`: that step ended the mission, and would end the copy.
 * `busy`: the record has been written, or is being written just now: read it.
 */
export type CopyOutcome =
  | { kind: 'copied'; bell: DueMission }
  | { kind: 'not_found' }
  | { kind: 'not_ended'; status: MissionStatus }
  | { kind: 'retried' }
  | { kind: 'no_such_step'; stepCount: number }
  | { kind: 'ends_there' }
  | { kind: 'busy' };

type Row = {
  newId: string;
  status: MissionStatus;
  isFork: boolean;
  isEnded: boolean;
  isRetried: boolean;
  stepCount: number;
  upTo: number;
  copied: boolean;
  isBusy: boolean;
  pool: string;
  priority: number;
};

/** Of the role that a copy begins with. A fork's roles have the budgets that its source's have. */
const ROLE = amountsOf(Prisma.sql`(a.spec->'chain'->(a.new_stage::int)->'budget')`);

/** `null`: whichever step its source broke off after. */
function lastCopiedOf(copy: MissionCopy): number | null {
  if (copy.kind === 'fork') return copy.upTo;
  return copy.from === 'start' ? 0 : null;
}

/**
 * `once`: what has been retried before is not retried again. `record`: of the request that asked for one copy; stored
 * together with that. `traceparent`: the trace that the copies belong to.
 */
export type CopyOptions = {
  accountId: string;
  once: boolean;
  record?: NewRecord | null;
  traceparent?: string | null;
};

/**
 * Makes missions of missions: queued, with their first events, and with the journal of their sources up to a step.
 *
 * A copied step has attempt 0, since no claim of the new mission committed it, and the attempt of a copied tool call is
 * `null`: they are not paid again, told again or made again. What was completed stays so; what was started stays
 * started, its outcome unknown; what was pending will be run. A retry from the last step leaves out a final step that
 * ended its source, or it would end the same way at once.
 *
 * Workspace and plan come along as they are now: of a file there is only its newest content, whatever step the copy begins after.
 */
export async function copyMissions(
  client: Client,
  copies: readonly MissionCopy[],
  { accountId, once, record = null, traceparent = null }: CopyOptions,
): Promise<CopyOutcome[]> {
  const [first] = copies;
  const records = record && first ? [{ ...record, anchorId: first.id, missionId: first.id }] : [];
  const items = copies.map((copy) => ({
    id: copy.id,
    sourceId: copy.sourceId,
    isFork: copy.kind === 'fork',
    upTo: lastCopiedOf(copy),
    ...(copy.kind === 'fork' && { spec: copy.spec, specVersion: specVersionOf(copy.spec) }),
  }));
  const statement = Prisma.sql`
    WITH open AS MATERIALIZED (${openRecords(records)}), mine AS MATERIALIZED (
      SELECT ${record === null} OR EXISTS (SELECT FROM open) AS is_mine
    ), source AS MATERIALIZED (
      SELECT m.*, i.id AS new_id, i."isFork" AS is_fork, i.spec AS new_spec, i."specVersion" AS new_spec_version, i."upTo" AS asked,
             EXISTS (SELECT FROM missions r WHERE r.retry_of = m.id) AS is_retried,
             -- Without tool calls a step hands on to the next role, if there is one, or else ends the mission; so does an
             -- answer that was not valid when it was mended, whichever role's it is.
             COALESCE(
               NOT EXISTS (SELECT FROM tool_calls t WHERE t.mission_id = m.id AND t.step_number = l.number)
               AND (l.stop_reason NOT IN ('end', 'tool_calls') OR m.status_code = 'output_invalid'
                    OR l.chain_stage + 1 >= GREATEST(jsonb_array_length(COALESCE(m.spec->'chain', '[]'::jsonb)), 1)),
               false) AS is_over
      FROM ${recordset(items)} AS i(id text, "sourceId" text, "isFork" boolean, "upTo" int, spec jsonb, "specVersion" int)
      JOIN missions m ON m.id = i."sourceId" AND m.account_id = ${accountId}
      LEFT JOIN steps l ON l.mission_id = m.id AND l.number = m.step_count
      WHERE ${lookedUp('sourceId')}
    ), planned AS MATERIALIZED (
      SELECT s.*, COALESCE(s.asked, s.step_count - s.is_over::int) AS up_to FROM source s
    ), allowed AS MATERIALIZED (
      SELECT p.*, COALESCE(e.chain_stage, 0) AS new_stage
      FROM planned p
      LEFT JOIN steps e ON e.mission_id = p.id AND e.number = p.up_to
      WHERE (SELECT is_mine FROM mine) AND CASE WHEN p.is_fork THEN p.up_to <= p.step_count AND NOT (p.is_over AND p.up_to = p.step_count)
                 ELSE p.finished_at IS NOT NULL AND NOT (${once} AND p.is_retried) END
    ), created AS (
      INSERT INTO missions (id, account_id, session_id, agent_id, depth, retry_of, forked_from, spec, spec_version, pool,
                            priority, tags, metadata, endpoint_id, step_count, chain_stage, deadline_at,
                            event_sequence, rings, rung_at, traceparent)
      SELECT a.new_id, a.account_id, a.session_id,
             -- A fork may have made it no longer this agent's.
             CASE WHEN NOT a.is_fork OR a.new_spec->'agent' IS NOT NULL THEN a.agent_id END, a.depth, CASE WHEN NOT a.is_fork THEN a.id END,
             CASE WHEN a.is_fork THEN a.id END, COALESCE(a.new_spec, a.spec),
             COALESCE(a.new_spec_version, a.spec_version), a.pool,
             a.priority, a.tags, a.metadata, a.endpoint_id, a.up_to, a.new_stage,
             -- A deadline that has passed would end the copy before it began.
             CASE WHEN a.deadline_at > now() THEN a.deadline_at END,
             1, 1, now(), ${traceparent}::text
      FROM allowed a
      RETURNING id, account_id, retry_of, forked_from, step_count
    ), event AS (
      INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
      SELECT id, 1, account_id, 'mission.queued',
             jsonb_strip_nulls(jsonb_build_object('retryOf', retry_of, 'forkedFrom', forked_from, 'copiedSteps', step_count))
      FROM created
    ), kept AS (${KEEP_RECORDS}), step AS (
      INSERT INTO steps (mission_id, number, chain_stage, attempt, tries, provider, model, stop_reason, message,
                         input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, passed_over, cached,
                         started_at, responded_at, completed_at, pending_tool_calls)
      SELECT a.new_id, s.number, s.chain_stage, 0, s.tries, s.provider, s.model, s.stop_reason, s.message,
             s.input_tokens, s.output_tokens, s.cached_input_tokens, s.cost_micro_usd, s.passed_over, s.cached,
             s.started_at, s.responded_at, s.completed_at, s.pending_tool_calls
      FROM allowed a JOIN steps s ON s.mission_id = a.id AND s.number <= a.up_to
    ), call AS (
      INSERT INTO tool_calls (mission_id, step_number, index, call_id, name, input, status, attempt, result, is_error,
                              truncated, untrusted, full_output, full_output_zstd, started_at, completed_at)
      SELECT a.new_id, t.step_number, t.index, t.call_id, t.name, t.input, t.status, NULL, t.result, t.is_error,
             t.truncated, t.untrusted, t.full_output, t.full_output_zstd, t.started_at, t.completed_at
      FROM allowed a JOIN tool_calls t ON t.mission_id = a.id AND t.step_number <= a.up_to
    ), summary AS (
      -- What stands for copied steps: that before the next call was made of them too.
      INSERT INTO summaries (mission_id, step_number, chain_stage, up_to_step, text)
      SELECT a.new_id, u.step_number, u.chain_stage, u.up_to_step, u.text
      FROM allowed a JOIN summaries u ON u.mission_id = a.id AND a.up_to > 0 AND u.step_number <= a.up_to + 1
    ), file AS (
      INSERT INTO workspace_files (mission_id, path, bytes, content_zstd)
      SELECT a.new_id, f.path, f.bytes, f.content_zstd
      FROM allowed a JOIN workspace_files f ON f.mission_id = a.id AND a.up_to > 0
    ), budget AS (
      -- What it was raised to meanwhile. The copied steps are none of the copy's own, and are not counted against it.
      -- The role at work has its own anew.
      INSERT INTO budgets (mission_id, micro_usd, tokens, steps, seconds, role_stage, role_micro_usd, role_tokens,
                           role_steps, role_seconds)
      SELECT a.new_id, b.micro_usd, b.tokens, b.steps + a.up_to, b.seconds,
             CASE WHEN ${hasRoleBudgetsIn(Prisma.sql`a.spec`)} THEN a.new_stage END,
             ${ROLE.microUsd}, ${ROLE.tokens}, ${ROLE.steps} + a.up_to, ${ROLE.seconds}
      FROM allowed a JOIN budgets b ON b.mission_id = a.id
    ), plan AS (
      INSERT INTO mission_plans (mission_id, items)
      SELECT a.new_id, p.items FROM allowed a JOIN mission_plans p ON p.mission_id = a.id AND a.up_to > 0
    )
    SELECT p.new_id AS "newId", p.status, p.is_fork AS "isFork", p.finished_at IS NOT NULL AS "isEnded",
           p.is_retried AS "isRetried", p.step_count AS "stepCount", p.up_to AS "upTo", p.pool, p.priority,
           c.id IS NOT NULL AS copied, NOT (SELECT is_mine FROM mine) AS "isBusy"
    FROM planned p LEFT JOIN created c ON c.id = p.new_id`;
  try {
    const rows = await run(client, { statement, lock: once ? items.map((item) => item.sourceId) : [] });
    const byId = new Map(rows.map((row) => [row.newId, row]));
    return copies.map((copy) => toOutcome(byId.get(copy.id), once));
  } catch (error) {
    if (record && isTaken(error)) return copies.map(() => ({ kind: 'busy' }));
    throw error;
  }
}

/**
 * Two bulk retries at once must not both find that a mission was never retried. Its row, which nobody else locks any
 * more, is locked in a statement before: the next one's snapshot then sees what the other has committed.
 */
async function run(client: Client, { statement, lock }: { statement: Prisma.Sql; lock: string[] }): Promise<Row[]> {
  if (lock.length === 0) return runStatement<Row>(client, statement);
  return runLocked<Row>(client, {
    lock: Prisma.sql`SELECT id FROM missions WHERE id = ANY (${lock}) ORDER BY id FOR NO KEY UPDATE`,
    statement,
  });
}

function toOutcome(row: Row | undefined, once: boolean): CopyOutcome {
  if (!row) return { kind: 'not_found' };
  if (row.isBusy) return { kind: 'busy' };
  if (row.copied) {
    const { newId, pool, priority } = row;
    return { kind: 'copied', bell: { missionId: newId, pool, priority, rings: 1, afterMs: 0 } };
  }
  if (row.isFork) {
    return row.upTo > row.stepCount ? { kind: 'no_such_step', stepCount: row.stepCount } : { kind: 'ends_there' };
  }
  return once && row.isEnded && row.isRetried ? { kind: 'retried' } : { kind: 'not_ended', status: row.status };
}
