-- AlterTable
ALTER TABLE "accounts"
  ADD COLUMN "previous_webhook_secret" TEXT,
  ADD COLUMN "previous_webhook_secret_expires_at" TIMESTAMPTZ(6);
