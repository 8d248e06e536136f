-- A line of the ledger that the response cache has saved; and one of a question whose answer came to nothing, since its
-- mission was stopped: its tool call may be made again, and has then a second line, so that the first goes beside them,
-- under a number below all others, with the number that it would have had and the attempt that asked.
ALTER TABLE "usage_records"
  ADD COLUMN "cached" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "attempt" INTEGER,
  ADD COLUMN "unused_call" SMALLINT;
