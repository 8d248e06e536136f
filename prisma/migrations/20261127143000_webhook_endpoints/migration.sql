-- AlterTable
ALTER TABLE "webhook_endpoints"
  ADD COLUMN "description" TEXT,
  ADD COLUMN "in_flight" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "strikes" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "last_delivered_at" TIMESTAMPTZ(6),
  ADD COLUMN "quiet_until" TIMESTAMPTZ(6),
  ADD COLUMN "held_back_at" TIMESTAMPTZ(6),
  ADD COLUMN "deleted_at" TIMESTAMPTZ(6),
  ADD COLUMN "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "deliveries"
  ALTER COLUMN "mission_id" DROP NOT NULL,
  ALTER COLUMN "event_sequence" DROP NOT NULL,
  ADD COLUMN "data" JSONB,
  ADD COLUMN "attempts_before" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "claimed_at" TIMESTAMPTZ(6),
  ADD COLUMN "held_back_at" TIMESTAMPTZ(6),
  ADD COLUMN "failed_because" TEXT;

-- CreateTable
CREATE TABLE "account_events" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_events_pkey" PRIMARY KEY ("id")
);

-- An account's log, newest first.
-- CreateIndex
CREATE INDEX "account_events_of_account" ON "account_events"("account_id", "id");

-- An endpoint's deliveries, newest first; the cascade of its end.
-- CreateIndex
CREATE INDEX "deliveries_of_endpoint" ON "deliveries"("endpoint_id", "id");

-- AddForeignKey
ALTER TABLE "account_events" ADD CONSTRAINT "account_events_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- Rewritten with every attempt: room in its page lets those updates stay there (HOT), without touching an index.
ALTER TABLE "webhook_endpoints" SET (fillfactor = 50);

-- Sweep: what is due and nobody holds back. Without the second condition the backlog of one dead receiver would lie in
-- front of everybody's deliveries. Whoever still asks without it finds its rows in the index of what is pending.
DROP INDEX "deliveries_due";
CREATE INDEX "deliveries_to_ring" ON "deliveries" ("next_attempt_at") WHERE "status" = 'pending' AND "held_back_at" IS NULL;
-- An endpoint's next, the longest due first; those that are held back and no others.
CREATE INDEX "deliveries_held_back" ON "deliveries" ("endpoint_id", "next_attempt_at") WHERE "status" = 'pending' AND "held_back_at" IS NOT NULL;
-- What an endpoint has in hand, to be compared with its counter.
CREATE INDEX "deliveries_in_hand" ON "deliveries" ("endpoint_id") WHERE "status" = 'pending' AND "claimed_at" IS NOT NULL;
-- Which endpoints have deliveries that wait for room.
CREATE INDEX "webhook_endpoints_held_back" ON "webhook_endpoints" ("held_back_at") WHERE "held_back_at" IS NOT NULL;
-- Lists by status: what failed, or is still owed, is little among what was delivered, of an account as of an endpoint.
CREATE INDEX "deliveries_failed_of_account" ON "deliveries" ("account_id", "id") WHERE "status" = 'failed';
CREATE INDEX "deliveries_failed_of_endpoint" ON "deliveries" ("endpoint_id", "id") WHERE "status" = 'failed';
CREATE INDEX "deliveries_pending_of_account" ON "deliveries" ("account_id", "id") WHERE "status" = 'pending';
CREATE INDEX "deliveries_pending_of_endpoint" ON "deliveries" ("endpoint_id", "id") WHERE "status" = 'pending';
-- The one above says the same.
DROP INDEX "deliveries_of_endpoint_pending";
-- Retention: what hangs on no mission goes by its own age.
CREATE INDEX "deliveries_of_no_mission" ON "deliveries" ("account_id", "finished_at") WHERE "mission_id" IS NULL AND "finished_at" IS NOT NULL;
-- List: an account's own endpoints, without those that its missions name.
CREATE INDEX "webhook_endpoints_of_account" ON "webhook_endpoints" ("account_id", "id") WHERE NOT "for_missions" AND "deleted_at" IS NULL;

-- Whoever stores an event owes it to the endpoints that subscribed to it, in the same statement, and cannot forget to:
-- events are stored by every move there is. A statement that has made deliveries itself, to ring them at once, is not
-- doubled; what is made here the sweep rings.
CREATE FUNCTION "owe_deliveries"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "deliveries" ("id", "account_id", "endpoint_id", "mission_id", "event_sequence", "event_type")
  SELECT new_id('dlv'), w."account_id", w."id", t."mission_id", t."sequence", t."type"
  FROM "told" t JOIN "webhook_endpoints" w ON w."account_id" = t."account_id"
  WHERE NOT w."for_missions" AND w."disabled_at" IS NULL AND t."type" = ANY (w."event_types")
  ON CONFLICT ("mission_id", "event_sequence", "endpoint_id") DO NOTHING;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "mission_events_are_owed" AFTER INSERT ON "mission_events" REFERENCING NEW TABLE AS "told"
  FOR EACH STATEMENT EXECUTE FUNCTION "owe_deliveries"();

-- The same for what happens to an account itself.
CREATE FUNCTION "owe_account_deliveries"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "deliveries" ("id", "account_id", "endpoint_id", "event_type", "data")
  SELECT new_id('dlv'), w."account_id", w."id", t."type", t."data"
  FROM "told" t JOIN "webhook_endpoints" w ON w."account_id" = t."account_id"
  WHERE NOT w."for_missions" AND w."disabled_at" IS NULL AND t."type" = ANY (w."event_types");
  RETURN NULL;
END;
$$;
CREATE TRIGGER "account_events_are_owed" AFTER INSERT ON "account_events" REFERENCING NEW TABLE AS "told"
  FOR EACH STATEMENT EXECUTE FUNCTION "owe_account_deliveries"();
