-- By hand: what the sweep looks for among missions past their time, each by an index that holds nothing else. Without
-- them it read every mission there is, with every sweep.
DROP INDEX "missions_expiring";
CREATE INDEX "missions_expiring" ON "missions" ("expires_at") WHERE "status" IN ('queued', 'waiting') AND "expires_at" IS NOT NULL AND "started_at" IS NULL;
-- A running mission is stopped at its deadline by its own worker.
DROP INDEX "missions_deadline";
CREATE INDEX "missions_past_deadline" ON "missions" ("deadline_at") WHERE "status" IN ('queued', 'waiting') AND "deadline_at" IS NOT NULL;
