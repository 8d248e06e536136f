-- What the sweep last counted of each pool: the figures that scale it. A table of its own, and no columns of "pools":
-- every new mission looks its pool's row up under a lock, and must not meet a new version of it every few seconds.
CREATE TABLE "pool_backlogs" (
    "pool" TEXT NOT NULL,
    "due" INTEGER NOT NULL,
    "runnable" INTEGER NOT NULL,
    "running" INTEGER NOT NULL,
    "oldest_due_at" TIMESTAMPTZ(6),
    "workers" INTEGER NOT NULL,
    "slots" INTEGER NOT NULL,
    "desired_workers" INTEGER NOT NULL,
    "counted_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "pool_backlogs_pkey" PRIMARY KEY ("pool")
);
