-- The endpoint that a delivery is a test of; null for every other, and for tests of the version before.
ALTER TABLE "deliveries" ADD COLUMN "test_of" TEXT;

-- At most one test of an endpoint is pending, however many ask for one at once.
CREATE UNIQUE INDEX "deliveries_pending_test" ON "deliveries" ("test_of") WHERE "status" = 'pending' AND "test_of" IS NOT NULL;
