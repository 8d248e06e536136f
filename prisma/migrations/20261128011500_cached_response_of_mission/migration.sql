-- AlterTable
ALTER TABLE "cached_responses" ADD COLUMN     "mission_id" TEXT;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- Erasure and retention: what a model has said to a mission goes with it.
CREATE INDEX "cached_responses_of_mission" ON "cached_responses" ("mission_id") WHERE "mission_id" IS NOT NULL;
