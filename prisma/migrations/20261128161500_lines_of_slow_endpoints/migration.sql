-- In hand, or held back, as one to a slow endpoint. What the version before has in hand counts for none.
ALTER TABLE "deliveries" ADD COLUMN "in_slow_lane" BOOLEAN NOT NULL DEFAULT false;

-- What an account has in hand of these, counted by every claim of one; never more than some tens.
CREATE INDEX "deliveries_in_slow_lane" ON "deliveries" ("account_id") WHERE "status" = 'pending' AND "in_slow_lane" AND "claimed_at" IS NOT NULL;
-- An account's line of these, the longest due first; and from one account that has a line to the next.
CREATE INDEX "deliveries_in_line" ON "deliveries" ("account_id", "next_attempt_at") WHERE "status" = 'pending' AND "in_slow_lane" AND "held_back_at" IS NOT NULL;
