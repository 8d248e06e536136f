import { withoutIndexes } from '../../harness/without-indexes.ts';
import type { Fixture } from './fixture.ts';
import { fillDeliveries } from './plans-of-deliveries.ts';
import { fillKeys } from './plans-of-keys.ts';
import { AGENT_ID, fillForReads, TAG } from './read-cases.ts';

export const ENDED = 1_000_000;
export const QUEUED = 100_000;
export const RUNNING = 1_000;
export const WAITING = 1_000;
const FAILED = 10_000;

const SESSIONS = 10_000;
/** One of them, with one of the failed missions. */
export const TO_ERASE = `ses_${(SESSIONS - 1).toString(16).padStart(32, '0')}`;
/** Another, of a thousand missions that have ended and one that has not. */
export const IN_USE = 'ses_in_use';
/** A mission that is past its retention. */
export const PAST = `mis_${'3'.padStart(32, '0')}`;
/** The last of the session's failed missions. */
export const LAST_SAID = `mis_${(ENDED + FAILED).toString(16).padStart(32, '0')}`;
const LIMITS = { maxSteps: 9, maxOutputTokens: 9 };
export const SPEC = { goal: 'x', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits: LIMITS };

/** A database as it is after a million missions: what has ended, what is queued, what runs. */
export async function fillForPlans(f: Fixture): Promise<void> {
  const { sql, accountId } = f;
  const values = [accountId, JSON.stringify(SPEC)];
  const workerId = await f.newWorker();
  await sql.query(`SET synchronous_commit = off`);
  await sql.query(`INSERT INTO agents (id, account_id, name, version, definition) VALUES ($1, $2, 'a', 1, '{}')`, [
    AGENT_ID,
    accountId,
  ]);
  await withoutIndexes(sql, 'missions', () =>
    sql.query(
      `INSERT INTO missions (id, account_id, spec, spec_version, priority, status, output, attempt, step_count,
                             event_sequence, created_at, started_at, finished_at, parent_mission_id, parent_step,
                             parent_call, agent_id, tags)
       SELECT 'mis_' || lpad(to_hex(n), 32, '0'), $1, $2, 1, 1 + n % 9, 'completed', 'done', 1, 4, 10,
              now() - n * interval '1 second', now(), now() - n * interval '1 second',
              CASE WHEN n % 10 = 0 THEN 'mis_' || lpad(to_hex(n - 1), 32, '0') END, 1, 0,
              CASE WHEN n % 2 = 0 THEN $3 END, CASE WHEN n % 100 = 0 THEN ARRAY[$4] ELSE '{}' END
       FROM generate_series(1, ${ENDED}) n`,
      [...values, AGENT_ID, TAG],
    ),
  );
  await sql.query(
    `INSERT INTO missions (id, account_id, spec, spec_version, priority, event_sequence, rings, run_after)
     SELECT new_id('mis'), $1, $2, 1, 1 + n % 9, 1, 1, now() - n * interval '10 millisecond'
     FROM generate_series(1, ${QUEUED}) n`,
    values,
  );
  await sql.query(
    `INSERT INTO missions (id, account_id, spec, spec_version, priority, status, attempt, worker_id, event_sequence)
     SELECT new_id('mis'), $1, $2, 1, 5, 'running', 1, $3, 2 FROM generate_series(1, ${RUNNING})`,
    [...values, workerId],
  );
  await sql.query(
    `INSERT INTO missions (id, account_id, spec, spec_version, priority, status, status_code, waiting_for, attempt, event_sequence)
     SELECT new_id('mis'), $1, $2, 1, 5, 'waiting', 'input', '{}', 1, 3 FROM generate_series(1, ${WAITING})`,
    values,
  );
  // Failed ones among them, every hundredth of a session, every thousandth with a code of its own.
  await sql.query(`INSERT INTO sessions (id, account_id) VALUES ('ses_plans', $1)`, [accountId]);
  await sql.query(
    `INSERT INTO missions (id, account_id, session_id, spec, spec_version, priority, status, status_code, attempt,
                           event_sequence, started_at, finished_at)
     SELECT 'mis_' || lpad(to_hex(${ENDED} + n), 32, '0'), $1, CASE WHEN n % 100 = 0 THEN 'ses_plans' END, $2, 1, 5, 'failed',
            CASE WHEN n % 1000 = 0 THEN 'max_steps' ELSE 'provider_error' END, 1, 3, now(), now()
     FROM generate_series(1, ${FAILED}) n`,
    values,
  );
  await fillSessions(f);
  // A journal for a hundredth of them: enough that reading a table from end to end is never the cheaper way.
  await sql.query(
    `INSERT INTO steps (mission_id, number, attempt, tries, provider, model, stop_reason, message, input_tokens,
                        output_tokens, cached_input_tokens, started_at, completed_at, pending_tool_calls)
     SELECT 'mis_' || lpad(to_hex(n), 32, '0'), s, 1, 1, 'sim', 'load', 'tool_calls', '{}', 1, 1, 0, now(), now(), 0
     FROM generate_series(1, ${ENDED / 100}) n, generate_series(1, 4) s`,
  );
  await sql.query(
    `INSERT INTO tool_calls (mission_id, step_number, index, call_id, name, input, status, result)
     SELECT mission_id, number, 0, 'c', 'tool', '{}', 'completed', '' FROM steps`,
  );
  await sql.query(
    `INSERT INTO usage_records (mission_id, step_number, call, account_id, provider, model, input_tokens, output_tokens,
                                cached_input_tokens, created_at)
     SELECT mission_id, number, 0, $1, 'sim', 'load', 1, 1, 0,
            now() - interval '1 hour' + row_number() OVER () * interval '1 millisecond'
     FROM steps`,
    [accountId],
  );
  await sql.query(
    `INSERT INTO deliveries (id, account_id, endpoint_id, mission_id, event_sequence, event_type, status, finished_at)
     SELECT new_id('dlv'), $1, $2, 'mis_' || lpad(to_hex(n), 32, '0'), 10, 'mission.completed', 'delivered', now()
     FROM generate_series(1, ${ENDED / 10}) n`,
    [accountId, f.endpointId],
  );
  await fillDeliveries(f, ENDED / 100);
  await fillForReads(f, ENDED / 100);
  await fillKeys(f);
  await sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 hour'`);
  await sql.query('UPDATE accounts SET running = $1, max_running = 1000000 WHERE id = $2', [RUNNING, accountId]);
  await sql.query('VACUUM ANALYZE');
}

/** Sessions to be looked at, each with something to remember; most of them with a mission that has failed. */
async function fillSessions({ sql, accountId }: Fixture): Promise<void> {
  await sql.query(
    `INSERT INTO sessions (id, account_id, updated_at, look_at)
     SELECT 'ses_' || lpad(to_hex(n), 32, '0'), $1, now() - interval '31 days', now() - n * interval '1 second'
     FROM generate_series(1, ${SESSIONS}) n`,
    [accountId],
  );
  await sql.query('INSERT INTO sessions (id, account_id) VALUES ($1, $2)', [IN_USE, accountId]);
  await sql.query(
    `UPDATE missions SET session_id = $1
     WHERE id BETWEEN 'mis_' || lpad(to_hex(1001), 32, '0') AND 'mis_' || lpad(to_hex(2000), 32, '0')
        OR id = (SELECT id FROM missions WHERE status = 'waiting' ORDER BY id DESC LIMIT 1)`,
    [IN_USE],
  );
  await sql.query(`UPDATE missions SET finished_at = now() - interval '31 days' WHERE id = $1`, [PAST]);
  await sql.query(`INSERT INTO session_memories (session_id, key, content) SELECT id, 'k', 'x' FROM sessions`);
  await sql.query(
    `UPDATE missions SET session_id = 'ses_' || lpad(to_hex(n), 32, '0')
     FROM generate_series(1, ${SESSIONS}) n
     WHERE id = 'mis_' || lpad(to_hex(${ENDED} + n), 32, '0') AND session_id IS NULL`,
  );
}
