-- AlterTable
ALTER TABLE "tool_calls" ADD COLUMN     "full_output_zstd" BYTEA;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- It is compressed before it gets here: Postgres need not try again.
ALTER TABLE "tool_calls" ALTER COLUMN "full_output_zstd" SET STORAGE EXTERNAL;
