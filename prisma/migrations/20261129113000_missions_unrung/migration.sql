-- By hand. What nobody has rung for the moment it is due, and what is to be rung soon: the sweep looks for it however many
-- missions lie queued with a bell, and must not walk past them. A mission that is POSTed to run at once is never in it.
CREATE INDEX CONCURRENTLY "missions_unrung" ON "missions" ("pool", "priority", "run_after") WHERE "status" = 'queued' AND "paused_at" IS NULL AND ("rung_at" IS NULL OR "rung_at" < "run_after");
