-- Read whenever a mission goes on, and deleted with it: of the indexes there were, each leaves some of its answers out.
-- CreateIndex
CREATE INDEX "answers_mission_id_idx" ON "answers"("mission_id");
