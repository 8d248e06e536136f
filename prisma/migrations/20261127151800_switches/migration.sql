-- What max_running was before an operator paused the account, which sets that to 0: everything that counts an account's
-- room then holds its missions back, and nothing has to ask a second question.
ALTER TABLE "accounts" ADD COLUMN "paused_max_running" INTEGER;

-- Tools that an operator has switched off, for the whole fleet. Read with every heartbeat; empty nearly always.
CREATE TABLE "switched_off_tools" (
    "name" TEXT NOT NULL,
    "switched_off_at" TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
    CONSTRAINT "switched_off_tools_pkey" PRIMARY KEY ("name")
);
