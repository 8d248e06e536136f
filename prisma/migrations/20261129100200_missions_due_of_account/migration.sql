-- By hand. The count of a pool's backlog: from one account that has something queued there to the next, and of each the
-- longest due first, no further than it has room for.
CREATE INDEX CONCURRENTLY "missions_due_of_account" ON "missions" ("pool", "account_id", "run_after") WHERE "status" = 'queued' AND "paused_at" IS NULL;
