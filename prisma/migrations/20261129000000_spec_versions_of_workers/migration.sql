-- The newest version of a spec that a worker knows, so that the others soon look again at a mission which it can play and
-- they cannot. A worker of the version before tells of none, and is taken to know the first.
ALTER TABLE "workers" ADD COLUMN "spec_version" INTEGER NOT NULL DEFAULT 1;
