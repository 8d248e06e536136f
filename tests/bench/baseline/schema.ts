/** The tables a hand-written runner would have: no fencing, no counters, the columns that the rows of this bench read. */
export const SCHEMA = `
CREATE TABLE missions (
  id text PRIMARY KEY,
  goal text NOT NULL,
  options jsonb NOT NULL,
  status text NOT NULL DEFAULT 'queued',
  attempt int NOT NULL DEFAULT 0,
  output text,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
) WITH (fillfactor = 70);
CREATE TABLE steps (
  mission_id text NOT NULL,
  number int NOT NULL,
  response jsonb NOT NULL,
  tool_result text,
  started_at timestamptz NOT NULL,
  completed_at timestamptz,
  PRIMARY KEY (mission_id, number)
);
CREATE TABLE mission_events (
  mission_id text NOT NULL,
  sequence int NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (mission_id, sequence)
);
`;
