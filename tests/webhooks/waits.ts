import type pg from 'pg';

/**
 * A wait between two attempts that is over: how long after its drawn end the next attempt was made, and whether the
 * endpoint had no room for it at first.
 */
export type Wait = { lateMs: number; isHeldBack: boolean };

/** Has the database note when waits were to be over: a claim moves that time on. */
export async function noteWaits(sql: pg.Pool): Promise<void> {
  await sql.query(`
    CREATE TABLE drawn_waits (
      delivery_id text, attempt int, due_at timestamptz, is_held_back boolean NOT NULL DEFAULT false,
      PRIMARY KEY (delivery_id, attempt)
    );
    CREATE FUNCTION note_wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.held_back_at IS NULL THEN
        INSERT INTO drawn_waits VALUES (NEW.id, NEW.attempt, NEW.next_attempt_at) ON CONFLICT DO NOTHING;
      ELSE
        UPDATE drawn_waits SET is_held_back = true WHERE delivery_id = NEW.id AND attempt = NEW.attempt;
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER note_wait AFTER UPDATE ON deliveries FOR EACH ROW
      WHEN (OLD.claimed_at IS NOT NULL AND NEW.claimed_at IS NULL AND NEW.status = 'pending'
            OR OLD.held_back_at IS NULL AND NEW.held_back_at IS NOT NULL)
      EXECUTE FUNCTION note_wait();`);
}

export async function readWaits(sql: pg.Pool, endpointId: string): Promise<Wait[]> {
  const { rows } = await sql.query<Wait>(
    `SELECT (extract(epoch FROM a.started_at - w.due_at) * 1000)::float8 AS "lateMs", w.is_held_back AS "isHeldBack"
     FROM drawn_waits w
     JOIN deliveries d ON d.id = w.delivery_id
     JOIN delivery_attempts a ON a.delivery_id = w.delivery_id AND a.number = w.attempt + 1
     WHERE d.endpoint_id = $1`,
    [endpointId],
  );
  return rows;
}
