-- What the mission may have spent in all while one role of its chain is at work that has a budget of its own.
ALTER TABLE "budgets"
  ADD COLUMN "role_stage" SMALLINT,
  ADD COLUMN "role_micro_usd" BIGINT,
  ADD COLUMN "role_tokens" BIGINT,
  ADD COLUMN "role_steps" INTEGER,
  ADD COLUMN "role_seconds" INTEGER;
