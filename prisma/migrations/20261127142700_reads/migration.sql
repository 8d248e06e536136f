-- AlterTable: null for what there is, so nothing is rewritten: an account's log begins here. What a process of the version
-- before writes has it by the default.
ALTER TABLE "mission_events" ADD COLUMN     "transaction_id" BIGINT;
ALTER TABLE "mission_events" ALTER COLUMN "transaction_id" SET DEFAULT ((pg_current_xact_id())::text)::bigint;

-- CreateTable
CREATE TABLE "mission_tags" (
    "account_id" TEXT NOT NULL,
    "tag" TEXT NOT NULL,
    "mission_id" TEXT NOT NULL,

    CONSTRAINT "mission_tags_pkey" PRIMARY KEY ("account_id","tag","mission_id")
);

-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand.

-- The account's log, in the order of the transactions that wrote it. Many events have one account and one transaction:
-- such an index is small, and they are sorted when they are read.
CREATE INDEX "mission_events_of_account" ON "mission_events" ("account_id", "transaction_id") WHERE "transaction_id" IS NOT NULL;

-- Tags as rows, which an index can have in the order of a page; that over an array could not. Kept by the table itself:
-- missions come and go in several statements, and those of the version before know nothing of it. Tags never change.
CREATE FUNCTION "keep_mission_tags"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "mission_tags" ("account_id", "tag", "mission_id")
    SELECT DISTINCT NEW."account_id", t."tag", NEW."id" FROM unnest(NEW."tags") AS t("tag");
  ELSE
    DELETE FROM "mission_tags"
    WHERE "account_id" = OLD."account_id" AND "tag" = ANY (OLD."tags") AND "mission_id" = OLD."id";
  END IF;
  RETURN NULL;
END;
$$;
CREATE TRIGGER "missions_tagged" AFTER INSERT ON "missions" FOR EACH ROW
  WHEN (cardinality(NEW."tags") > 0) EXECUTE FUNCTION "keep_mission_tags"();
CREATE TRIGGER "missions_untagged" AFTER DELETE ON "missions" FOR EACH ROW
  WHEN (cardinality(OLD."tags") > 0) EXECUTE FUNCTION "keep_mission_tags"();
INSERT INTO "mission_tags" ("account_id", "tag", "mission_id")
SELECT DISTINCT m."account_id", t."tag", m."id" FROM "missions" m, unnest(m."tags") AS t("tag");

-- List: what an agent's version, or a session, has in one status, newest first. A page of several statuses is merged of
-- them, so that a status which nothing has costs nothing. In place of those without the status.
CREATE INDEX "missions_of_agent_by_status" ON "missions" ("agent_id", "status", "id") WHERE "agent_id" IS NOT NULL;
DROP INDEX "missions_of_agent";
CREATE INDEX "missions_of_session_by_status" ON "missions" ("session_id", "status", "id") WHERE "session_id" IS NOT NULL;
DROP INDEX "missions_of_session";
-- List: what of an account has ended in one status, dead letters among it. Written once in a mission's life.
CREATE INDEX "missions_ended_of_account" ON "missions" ("account_id", "status", "id") WHERE "finished_at" IS NOT NULL;
DROP INDEX "missions_failed_of_account";

-- An account's inbox, of each kind in the order of asking.
CREATE INDEX "answers_open_of_account_by_kind" ON "answers" ("account_id", "kind", "id") WHERE "answered_at" IS NULL;
DROP INDEX "answers_open_of_account";

-- What requests were answered about a mission goes with it.
CREATE INDEX "idempotency_records_of_mission" ON "idempotency_records" ("mission_id") WHERE "mission_id" IS NOT NULL;
