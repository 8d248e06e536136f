-- CreateTable
CREATE TABLE "usage_marks" (
    "account_id" TEXT NOT NULL,
    "rolled_up_to" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "usage_marks_pkey" PRIMARY KEY ("account_id")
);

-- AddForeignKey
ALTER TABLE "usage_marks" ADD CONSTRAINT "usage_marks_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- What a session has cost. Most missions belong to none, and cost this index nothing.
CREATE INDEX "usage_records_of_session" ON "usage_records" ("session_id") WHERE "session_id" IS NOT NULL;
