-- Which of the calls of its attempt that came to nothing a line of the ledger is: each goes into it once, and one tool call,
-- or a step's own, may have several, since a call that breaks off is made again. The number that such a call would have had
-- is 0 now for a step's own, and -1 for a summary.
ALTER TABLE "usage_records" ADD COLUMN "unused_number" INTEGER;
