-- Retention: the sessions that are to be looked at. Costs an entry where a session is made, and three (with those of its other
-- indexes) where it is looked at, about once a week. A claim, which writes the session's row too, leaves it as it is.
CREATE INDEX CONCURRENTLY "sessions_to_look_at" ON "sessions" ("look_at");
