-- AlterTable: null for all there is, so nothing is rewritten, and a worker of before leaves it as it is.
ALTER TABLE "missions" ADD COLUMN "left_attempt" INTEGER;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- Whose turn it is in a session: by the database's clock, not by that of whoever made the id.
CREATE INDEX "missions_of_session_in_turn" ON "missions" ("session_id", "created_at", "id") WHERE "status" = 'queued' AND "session_id" IS NOT NULL;
DROP INDEX "missions_of_session_queued";
-- What was said in a session before, in the same order.
CREATE INDEX "missions_of_session_ended" ON "missions" ("session_id", "created_at", "id") WHERE "session_id" IS NOT NULL AND "finished_at" IS NOT NULL;
-- Bulk cancel: what of an account is unfinished, newest first, without a look at what has ended. The running ones are
-- few, and have an index of their own.
CREATE INDEX "missions_queued_of_account_by_id" ON "missions" ("account_id", "id") WHERE "status" = 'queued';
DROP INDEX "missions_queued_of_account";
CREATE INDEX "missions_waiting_of_account" ON "missions" ("account_id", "id") WHERE "status" = 'waiting';
