-- What processes change together, each write guarded by the version it read. Rewritten many times a second and never
-- indexed but by name: pages that are half empty take the new version beside the old one, and the few rows are vacuumed
-- as soon as a few hundred versions are dead.
CREATE TABLE "shared_documents" (
    "name" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shared_documents_pkey" PRIMARY KEY ("name")
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
