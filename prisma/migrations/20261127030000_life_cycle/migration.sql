-- CreateIndex
CREATE INDEX "sessions_of_account" ON "sessions"("account_id", "id");

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- The backlog cap: how many missions of an account lie queued, counted no further than its cap.
CREATE INDEX "missions_queued_of_account" ON "missions" ("account_id") WHERE "status" = 'queued';
-- List: an account's dead letters of one code, newest first.
CREATE INDEX "missions_failed_of_account_by_code" ON "missions" ("account_id", "status_code", "id") WHERE "status" = 'failed';
-- Bulk retry: whether a mission is being retried already, or was with success.
CREATE INDEX "missions_retries_of" ON "missions" ("retry_of") WHERE "retry_of" IS NOT NULL;
