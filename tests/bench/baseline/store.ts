import pg from 'pg';
import type { LoadOptions, Reply } from './model.ts';

export type Claimed = { attempt: number; goal: string; options: LoadOptions };
export type Place = { missionId: string; number: number; sequence: number };
export type Store = ReturnType<typeof createStore>;

/**
 * Every write one statement and one commit, as most people write it, and as well as it can be written so: statements
 * are prepared once a connection, and an event travels in the statement of the change that it reports.
 */
export function createStore(options: { databaseUrl: string; poolSize: number }) {
  const pool = new pg.Pool({ connectionString: options.databaseUrl, max: options.poolSize });
  // The database is dropped with force after a row, and a connection that is still closing hears of it.
  pool.on('error', () => undefined);
  const run = <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) =>
    pool.query<Row>({ name, text, values });

  return {
    async create(missionId: string, goal: string, load: LoadOptions): Promise<Date> {
      const { rows } = await run<{ created_at: Date }>(
        'create',
        `WITH created AS (INSERT INTO missions (id, goal, options) VALUES ($1, $2, $3) RETURNING id, created_at),
              event AS (INSERT INTO mission_events (mission_id, sequence, type) SELECT id, 1, 'mission.queued' FROM created)
         SELECT created_at FROM created`,
        [missionId, goal, load],
      );
      return rows[0]?.created_at ?? new Date();
    },
    async claim(missionId: string): Promise<Claimed | undefined> {
      const { rows } = await run<Claimed>(
        'claim',
        `WITH claimed AS (
           UPDATE missions SET status = 'running', attempt = attempt + 1, started_at = COALESCE(started_at, now())
           WHERE id = $1 AND status IN ('queued', 'running')
           RETURNING id, attempt, goal, options
         ), event AS (
           INSERT INTO mission_events (mission_id, sequence, type, data)
           SELECT id, CASE attempt WHEN 1 THEN 2
                      ELSE (SELECT max(sequence) + 1 FROM mission_events WHERE mission_id = $1) END,
                  CASE attempt WHEN 1 THEN 'mission.started' ELSE 'mission.resumed' END,
                  jsonb_build_object('attempt', attempt)
           FROM claimed
         )
         SELECT attempt, goal, options FROM claimed`,
        [missionId],
      );
      return rows[0];
    },
    /** Where a mission that was begun before stands. */
    async standing(
      missionId: string,
    ): Promise<{ steps: { response: Reply; result: string | null }[]; sequence: number }> {
      const steps = await run<{ response: Reply; result: string | null }>(
        'steps',
        'SELECT response, tool_result AS result FROM steps WHERE mission_id = $1 ORDER BY number',
        [missionId],
      );
      const events = await run<{ last: number }>(
        'last_event',
        'SELECT max(sequence) AS last FROM mission_events WHERE mission_id = $1',
        [missionId],
      );
      return { steps: steps.rows, sequence: events.rows[0]?.last ?? 0 };
    },
    async saveResponse({ missionId, number }: Place, startedAt: Date, response: Reply): Promise<void> {
      await run('response', 'INSERT INTO steps (mission_id, number, response, started_at) VALUES ($1, $2, $3, $4)', [
        missionId,
        number,
        JSON.stringify(response),
        startedAt,
      ]);
    },
    async saveFinalResponse(place: Place, startedAt: Date, response: Reply): Promise<void> {
      await run(
        'final_response',
        `WITH step AS (
           INSERT INTO steps (mission_id, number, response, started_at, completed_at) VALUES ($1, $2, $3, $4, now())
         )
         INSERT INTO mission_events (mission_id, sequence, type, data)
         VALUES ($1, $5, 'step.completed', jsonb_build_object('step', $2::int))`,
        [place.missionId, place.number, JSON.stringify(response), startedAt, place.sequence],
      );
    },
    /** Two events: the call's and the step's. */
    async saveToolResult(place: Place, name: string, result: string): Promise<void> {
      await run(
        'tool_result',
        `WITH step AS (UPDATE steps SET tool_result = $3, completed_at = now() WHERE mission_id = $1 AND number = $2)
         INSERT INTO mission_events (mission_id, sequence, type, data)
         VALUES ($1, $4, 'tool_call.completed', jsonb_build_object('step', $2::int, 'name', $5::text)),
                ($1, $4 + 1, 'step.completed', jsonb_build_object('step', $2::int))`,
        [place.missionId, place.number, result, place.sequence, name],
      );
    },
    async finish(missionId: string, sequence: number, output: string): Promise<void> {
      await run(
        'finish',
        `WITH finished AS (
           UPDATE missions SET status = 'completed', output = $2, finished_at = now() WHERE id = $1 RETURNING id
         )
         INSERT INTO mission_events (mission_id, sequence, type) SELECT id, $3, 'mission.completed' FROM finished`,
        [missionId, output, sequence],
      );
    },
    /** One event by itself, for the row that measures appends. */
    async appendEvent(missionId: string, sequence: number, type: string): Promise<void> {
      await run(
        'event',
        `INSERT INTO mission_events (mission_id, sequence, type, data) VALUES ($1, $2, $3, jsonb_build_object('step', 1))`,
        [missionId, sequence, type],
      );
    },
    close: () => pool.end(),
  };
}
