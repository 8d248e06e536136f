-- By hand. The next suspect of a pool, the longest unrung first. There are hardly ever any; the number is core's
-- WORKER_DEATHS_UNTIL_SUSPECT, and a query for a higher one may use it too.
CREATE INDEX "missions_suspects" ON "missions" ("pool", "rung_at" NULLS FIRST) WHERE "status" = 'queued' AND "worker_deaths" >= 2 AND "paused_at" IS NULL;
