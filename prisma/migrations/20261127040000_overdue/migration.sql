-- Sweep: queued and waiting missions past their deadline. A running one is stopped by its own worker, which is told its
-- deadline with the claim, so that nobody ever asked the index over those.
CREATE INDEX "missions_late" ON "missions" ("deadline_at") WHERE "status" IN ('queued', 'waiting') AND "deadline_at" IS NOT NULL;
DROP INDEX "missions_deadline";
