-- AlterTable
ALTER TABLE "missions" ADD COLUMN     "child_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "depth" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN     "failing_since" TIMESTAMPTZ(6),
ADD COLUMN     "parent_call" SMALLINT,
ADD COLUMN     "parent_step" INTEGER;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- A waiting mission says what for, and no other does.
ALTER TABLE "missions" ADD CONSTRAINT "missions_waiting_has_reason" CHECK (("status" = 'waiting') = ("waiting_for" IS NOT NULL));

-- A tool call starts one child, however often the park that starts it is repeated. Also lists a parent's children.
CREATE UNIQUE INDEX "missions_of_parent_call" ON "missions" ("parent_mission_id", "parent_step", "parent_call") WHERE "parent_mission_id" IS NOT NULL;
DROP INDEX "missions_of_parent";
-- The children a parent still waits for, or that outlive it.
CREATE INDEX "missions_unfinished_of_parent" ON "missions" ("parent_mission_id") WHERE "parent_mission_id" IS NOT NULL AND "finished_at" IS NULL;
-- Sweep: parents whose wake may have been lost. Few missions wait for children at a time.
CREATE INDEX "missions_waiting_for_children" ON "missions" ("id") WHERE "status" = 'waiting' AND "child_count" > 0;

-- A tool call asks once, and its answer is found with it.
CREATE UNIQUE INDEX "answers_of_call" ON "answers" ("mission_id", "step_number", "call_index") WHERE "step_number" IS NOT NULL;
