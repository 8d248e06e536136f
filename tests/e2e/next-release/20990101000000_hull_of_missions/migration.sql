-- On the table that every request and every commit writes.
ALTER TABLE "missions" ADD COLUMN "hull" TEXT NOT NULL DEFAULT 'oak';
