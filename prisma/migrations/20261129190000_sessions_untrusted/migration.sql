-- Whether a mission of the session that is gone had untrusted content in its context: the session's plan, its memories and
-- its other missions may still hold what that left behind. While the mission is there it says so itself.
ALTER TABLE "sessions" ADD COLUMN "untrusted" BOOLEAN NOT NULL DEFAULT false;
