-- Results of before, and of a worker of the version before that still runs, are taken for a stranger's. A default that
-- is a constant rewrites no rows.
ALTER TABLE "tool_calls" ADD COLUMN "untrusted" BOOLEAN NOT NULL DEFAULT true;
