/** Of each twentieth mission, which has been played to its end. */
const PLAYED = [
  `CREATE TEMPORARY TABLE played AS
   SELECT m.id, m.account_id, m.session_id, m.agent_id, m.created_at, row_number() OVER (ORDER BY m.id)::int AS place
   FROM generate_series(20, (SELECT count(*)::int FROM missions), 20) n JOIN missions m ON m.id = pg_temp.id('mis', n)`,
  'CREATE INDEX ON played (place)',
  'ANALYZE played',
];

const MESSAGE = JSON.stringify({
  role: 'assistant',
  content: [
    { type: 'text', text: 'I look for it first where it was last year. '.repeat(5) },
    { type: 'tool_call', id: 'call_1', name: 'web_search', input: { query: 'rules for the transport of goods' } },
  ],
});
const RESULT = 'What was found is a page of text like any other. '.repeat(20);

/** Four steps, the first three with a tool call; written as batches write: many missions a transaction. */
export const JOURNALS = [
  ...PLAYED,
  `INSERT INTO steps (mission_id, number, attempt, tries, provider, model, stop_reason, message, input_tokens, output_tokens,
                      cached_input_tokens, cost_micro_usd, started_at, completed_at, pending_tool_calls)
   SELECT p.id, s, 1, 1, 'sim', 'load', CASE WHEN s < 4 THEN 'tool_calls' ELSE 'end' END, '${MESSAGE}', 1200, 150, 900, 2500,
          p.created_at + s * interval '8 seconds', p.created_at + s * interval '9 seconds', 0
   FROM played p, generate_series(1, 4) s`,
  `INSERT INTO tool_calls (mission_id, step_number, index, call_id, name, input, status, result, attempt, started_at, completed_at)
   SELECT p.id, s, 0, 'call_1', 'web_search', '{"query": "rules for the transport of goods"}', 'completed', '${RESULT}', 1,
          p.created_at, p.created_at
   FROM played p, generate_series(1, 3) s`,
  `DO $$ BEGIN
     FOR batch IN 0..(SELECT max(place) / 100 FROM played) LOOP
       INSERT INTO mission_events (mission_id, sequence, account_id, type, data, created_at)
       SELECT p.id, e.number, p.account_id, e.type, '{"step": 1, "attempt": 1}', p.created_at + e.number * interval '3 seconds'
       FROM played p, unnest(ARRAY['mission.queued', 'mission.started', 'tool_call.started', 'tool_call.completed',
              'step.completed', 'tool_call.started', 'tool_call.completed', 'step.completed', 'tool_call.started',
              'tool_call.completed', 'step.completed', 'step.completed', 'mission.completed'])
            WITH ORDINALITY AS e(type, number)
       WHERE p.place BETWEEN batch * 100 + 1 AND batch * 100 + 100;
       COMMIT;
     END LOOP;
   END $$`,
];

/** Nearly all were delivered at once; some failed, some are owed. */
export const DELIVERIES = [
  `INSERT INTO deliveries (id, account_id, endpoint_id, mission_id, event_sequence, event_type, status, attempt, created_at, finished_at)
   SELECT pg_temp.id('dlv', n), m.account_id, w.id, m.id, 13, 'mission.completed',
          (CASE WHEN n % 500 = 0 THEN 'pending' WHEN n % 100 = 0 THEN 'failed' ELSE 'delivered' END)::delivery_status, 1,
          m.created_at, CASE WHEN n % 500 > 0 THEN m.finished_at END
   FROM generate_series(10, (SELECT count(*)::int FROM missions), 10) n
   JOIN missions m ON m.id = pg_temp.id('mis', n) AND m.status = 'completed'
   JOIN webhook_endpoints w ON w.account_id = m.account_id`,
  `INSERT INTO delivery_attempts (delivery_id, number, duration_ms, response_status, response_body)
   SELECT id, 1, 40, 200, 'ok' FROM deliveries`,
];

/** Of every kind that somebody can answer. */
export const INBOX = [
  `INSERT INTO answers (id, mission_id, account_id, kind, request, created_at)
   SELECT 'ans_' || substr(m.id, 5), m.id, m.account_id,
          (ARRAY['approval', 'input', 'tool'])[1 + row_number() OVER () % 3]::answer_kind,
          '{"question": "May this be sent?"}', m.created_at
   FROM missions m WHERE m.status = 'waiting'`,
];

/** What was spent: rolled up by day up to a few minutes ago. */
export const USAGE = [
  `INSERT INTO usage_records (mission_id, step_number, call, account_id, session_id, agent_id, provider, model, input_tokens,
                              output_tokens, cached_input_tokens, cost_micro_usd, created_at)
   SELECT p.id, s, 0, p.account_id, p.session_id, p.agent_id, 'sim', 'load', 1200, 150, 900, 2500, p.created_at
   FROM played p, generate_series(1, 4) s`,
  `INSERT INTO usage_days (account_id, day, agent_id, model, calls, input_tokens, output_tokens, cached_input_tokens, cost_micro_usd)
   SELECT a.account_id, current_date - d, a.id, 'sim/' || model, 100, 120000, 15000, 90000, 250000
   FROM agents a, generate_series(0, 29) d, unnest(ARRAY['load', 'demo']) model`,
  `INSERT INTO usage_marks (account_id, rolled_up_to) SELECT id, now() - interval '10 minutes' FROM accounts`,
];
