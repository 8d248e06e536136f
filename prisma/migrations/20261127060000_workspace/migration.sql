-- CreateTable
CREATE TABLE "workspace_files" (
    "mission_id" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "content_zstd" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspace_files_pkey" PRIMARY KEY ("mission_id","path")
);

-- AddForeignKey
ALTER TABLE "workspace_files" ADD CONSTRAINT "workspace_files_mission_id_fkey" FOREIGN KEY ("mission_id") REFERENCES "missions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- It is compressed before it gets here: Postgres need not try again.
ALTER TABLE "workspace_files" ALTER COLUMN "content_zstd" SET STORAGE EXTERNAL;
