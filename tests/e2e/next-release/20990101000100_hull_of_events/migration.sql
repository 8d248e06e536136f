ALTER TABLE "mission_events" ADD COLUMN "hull" TEXT;
