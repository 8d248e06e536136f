-- CreateTable
CREATE TABLE "spare_endpoints" (
    "endpoint_id" TEXT NOT NULL,
    "since" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "spare_endpoints_pkey" PRIMARY KEY ("endpoint_id")
);

-- CreateIndex
CREATE INDEX "spare_endpoints_since_idx" ON "spare_endpoints"("since");

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- Whether any mission names an endpoint: without one its URL and its secret are deleted.
CREATE INDEX "missions_of_endpoint" ON "missions" ("endpoint_id") WHERE "endpoint_id" IS NOT NULL;

-- Until now none was ever deleted: each is looked at once.
INSERT INTO "spare_endpoints" ("endpoint_id") SELECT "id" FROM "webhook_endpoints" WHERE "for_missions" OR "deleted_at" IS NOT NULL;
