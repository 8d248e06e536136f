/** What rows wait for; the baseline's tables have the same columns. */
export const UNFINISHED = 'SELECT count(*) FROM missions WHERE finished_at IS NULL';
export const NOT_BEGUN = `SELECT count(*) FROM missions m WHERE NOT EXISTS (SELECT FROM steps s WHERE s.mission_id = m.id)`;
export const RUNNING = "SELECT count(*) FROM missions WHERE status = 'running'";
