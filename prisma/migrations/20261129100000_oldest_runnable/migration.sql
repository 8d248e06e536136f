-- Since when the longest waiting of those that a free slot could take could have been taken; null: there is none.
ALTER TABLE "pool_backlogs" ADD COLUMN "oldest_runnable_at" TIMESTAMPTZ(6);
