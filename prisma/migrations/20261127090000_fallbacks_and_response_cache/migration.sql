-- AlterTable
ALTER TABLE "steps" ADD COLUMN     "cached" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "passed_over" JSONB;

-- Unlogged: what a cache loses in a crash is asked for again, and nothing of it need go through the log or to a standby.
CREATE UNLOGGED TABLE "cached_responses" (
    "account_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "response_zstd" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "cached_responses_pkey" PRIMARY KEY ("account_id","key")
);

-- The sweep looks for what has expired.
CREATE INDEX "cached_responses_expires_at_idx" ON "cached_responses"("expires_at");

-- AddForeignKey
ALTER TABLE "cached_responses" ADD CONSTRAINT "cached_responses_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;
