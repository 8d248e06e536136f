const DAYS = 30;
const AGENTS_OF_OWNER = 20;
const AGENTS_OF_OTHERS = 2;
const SESSIONS_OF_OWNER = 20_000;
const SESSIONS_OF_OTHERS = 200;

/** About as long as they are in life. */
const SPEC = JSON.stringify({
  model: 'sim/load',
  instructions: 'Answer in three sentences, name your sources, and say what you could not find out.',
  tools: ['web_search', 'fetch_page', 'calculator'],
  modelOptions: { temperature: 0.2 },
  limits: { maxSteps: 50, maxOutputTokens: 8_192 },
});
const GOAL = 'Find out what has changed in the rules for the transport of goods of this class since last year, no. ';
const OUTPUT = 'Three things have changed. '.repeat(10);

/** Ids by number, so that rows that belong together find each other; and numbers that look drawn, and are always the same. */
export function FUNCTIONS({ missions, end, accounts }: { missions: number; end: Date; accounts: number }): string {
  const secondsEach = (DAYS * 86_400) / missions;
  return `
    CREATE FUNCTION pg_temp.drawn(n int, what text) RETURNS float8 IMMUTABLE LANGUAGE sql AS
      $$ SELECT ('x' || substr(md5(what || n), 1, 8))::bit(32)::bigint / 4294967296.0 $$;
    CREATE FUNCTION pg_temp.created_at(n int) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS
      $$ SELECT to_timestamp(${end.getTime() / 1_000} - (${missions} - n) * ${secondsEach}::float8) $$;
    CREATE FUNCTION pg_temp.id(prefix text, n int) RETURNS text IMMUTABLE LANGUAGE sql AS
      $$ SELECT prefix || '_' || lpad(to_hex((extract(epoch FROM pg_temp.created_at(n)) * 1000)::bigint), 12, '0')
                || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15) $$;
    CREATE FUNCTION pg_temp.numbered(prefix text, n int) RETURNS text IMMUTABLE LANGUAGE sql AS
      $$ SELECT prefix || '_' || lpad(to_hex(n), 32, '0') $$;
    -- Half are the first account's; of the others, the squares make few large and many small.
    CREATE FUNCTION pg_temp.account(n int) RETURNS int IMMUTABLE LANGUAGE sql AS
      $$ SELECT CASE WHEN pg_temp.drawn(n, 'half') < 0.5 THEN 1
                     ELSE 2 + floor(${accounts - 1} * pg_temp.drawn(n, 'account') ^ 2)::int END $$;
    CREATE FUNCTION pg_temp.agent(account int, drawn float8) RETURNS text IMMUTABLE LANGUAGE sql AS
      $$ SELECT pg_temp.numbered('agt', account * 1000 + floor(drawn ^ 2 *
                  CASE WHEN account = 1 THEN ${AGENTS_OF_OWNER} ELSE ${AGENTS_OF_OTHERS} END)::int) $$;
    CREATE FUNCTION pg_temp.session(account int, drawn float8) RETURNS text IMMUTABLE LANGUAGE sql AS
      $$ SELECT pg_temp.numbered('ses', account * 100000 + floor(drawn ^ 2 *
                  CASE WHEN account = 1 THEN ${SESSIONS_OF_OWNER} ELSE ${SESSIONS_OF_OTHERS} END)::int) $$`;
}

/** The accounts beside the first, and for each its agents, sessions and a webhook endpoint. `$1`: ids of all accounts. */
export const OWNERS = `
  WITH account AS (
    SELECT a.id, a.number::int FROM unnest($1::text[]) WITH ORDINALITY AS a(id, number)
  ), stored AS (
    INSERT INTO accounts (id, name, tier, max_running, max_queued, webhook_secret)
    SELECT id, 'account-' || number, 'paid', 1000, 100000, '' FROM account WHERE number > 1
  ), agent AS (
    INSERT INTO agents (id, account_id, name, version, definition)
    SELECT 'agt_' || lpad(to_hex(a.number * 1000 + k), 32, '0'), a.id, 'agent-' || k, 1, '${SPEC}'::jsonb
    FROM account a, generate_series(0, CASE a.number WHEN 1 THEN ${AGENTS_OF_OWNER} ELSE ${AGENTS_OF_OTHERS} END - 1) k
  ), session AS (
    INSERT INTO sessions (id, account_id)
    SELECT 'ses_' || lpad(to_hex(a.number * 100000 + k), 32, '0'), a.id
    FROM account a, generate_series(0, CASE a.number WHEN 1 THEN ${SESSIONS_OF_OWNER} ELSE ${SESSIONS_OF_OTHERS} END - 1) k
  )
  INSERT INTO webhook_endpoints (id, account_id, url, event_types, secret)
  SELECT 'whe_' || lpad(to_hex(number), 32, '0'), id, 'https://receiver.example/hook', '{}', 'sealed' FROM account`;

/** `$1`: ids of all accounts, `$2`: how many missions. Of every thousand forty are children of the thousandth before. */
export const MISSIONS = `
  WITH numbered AS (
    SELECT n, CASE WHEN n > 1000 AND n % 1000 BETWEEN 1 AND 40 THEN n - n % 1000 END AS parent FROM generate_series(1, $2::int) n
  ), drawn AS (
    SELECT n, parent, pg_temp.account(COALESCE(parent, n)) AS account, pg_temp.created_at(n) AS at,
           pg_temp.drawn(n, 'agent') AS agent, pg_temp.drawn(n, 'session') AS session, pg_temp.drawn(n, 'tag') AS tag,
           pg_temp.drawn(n, 'status') AS s
    FROM numbered
  ), moved AS (
    SELECT *, (CASE WHEN n % 20 = 0 OR s < 0.9 THEN 'completed' WHEN s < 0.97 THEN 'failed' WHEN s < 0.99 THEN 'cancelled'
                    WHEN s < 0.995 THEN 'queued' WHEN s < 0.999 THEN 'waiting' ELSE 'running' END)::mission_status AS status
    FROM drawn
  )
  INSERT INTO missions (id, account_id, agent_id, session_id, parent_mission_id, parent_step, parent_call, depth, spec,
                        spec_version, priority, tags, status, status_code, status_message, waiting_for, pending_answers,
                        worker_id, attempt, step_count, event_sequence, output, run_after, created_at, started_at, finished_at)
  SELECT pg_temp.id('mis', n), ($1::text[])[account],
         CASE WHEN agent < 0.7 THEN pg_temp.agent(account, agent / 0.7) END,
         CASE WHEN session < 0.6 THEN pg_temp.session(account, session / 0.6) END,
         CASE WHEN parent IS NOT NULL THEN pg_temp.id('mis', parent) END, 1, n % 1000, (parent IS NOT NULL)::int,
         jsonb_set('${SPEC}'::jsonb, '{goal}', to_jsonb('${GOAL}' || n)), 1, 1 + n % 9,
         CASE WHEN tag < 0.1 THEN ARRAY['topic-' || floor(50 * (tag / 0.6) ^ 2), 'production']
              WHEN tag < 0.6 THEN ARRAY['topic-' || floor(50 * (tag / 0.6) ^ 2)] ELSE '{}' END,
         status,
         CASE status WHEN 'failed' THEN CASE WHEN n % 10 = 0 THEN 'max_steps' ELSE 'provider_error' END
                     WHEN 'cancelled' THEN 'cancelled' WHEN 'waiting' THEN 'awaiting_approval' END,
         CASE WHEN status IN ('failed', 'cancelled', 'waiting') THEN 'bench' END,
         CASE WHEN status = 'waiting' THEN '{"kind": "approval", "detail": {}}'::jsonb END, (status = 'waiting')::int,
         CASE WHEN status = 'running' THEN pg_temp.numbered('wrk', 1) END, (status <> 'queued')::int, 4, 13,
         CASE WHEN status = 'completed' THEN '${OUTPUT}' END, at, at,
         CASE WHEN status <> 'queued' THEN at END,
         CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN at + interval '40 seconds' END
  FROM moved`;

/** By hand: their trigger was off. */
export const TAGS =
  'INSERT INTO mission_tags (account_id, tag, mission_id) SELECT account_id, unnest(tags), id FROM missions';
