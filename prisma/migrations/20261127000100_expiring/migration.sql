-- By hand. Sweep: what was not started in time. One that was started no longer expires, and must not lie in the way.
DROP INDEX "missions_expiring";
CREATE INDEX "missions_expiring" ON "missions" ("expires_at") WHERE "status" IN ('queued', 'waiting') AND "expires_at" IS NOT NULL AND "started_at" IS NULL;
