-- AlterTable
ALTER TABLE "api_keys" ADD COLUMN "replaced_by" TEXT;

-- Lists a page of an account's keys in their order; what the index before it served, this one does.
-- CreateIndex
CREATE INDEX "api_keys_of_account" ON "api_keys"("account_id", "id");

-- DropIndex
DROP INDEX "api_keys_account_id_idx";
