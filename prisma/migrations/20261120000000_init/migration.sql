-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "mission_status" AS ENUM ('queued', 'running', 'waiting', 'completed', 'failed', 'cancelled');

-- CreateEnum
CREATE TYPE "tool_call_status" AS ENUM ('pending', 'started', 'completed');

-- CreateEnum
CREATE TYPE "delivery_status" AS ENUM ('pending', 'delivered', 'failed');

-- CreateEnum
CREATE TYPE "answer_kind" AS ENUM ('approval', 'input', 'budget', 'children', 'operator');

-- CreateTable
CREATE TABLE "accounts" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tier" TEXT NOT NULL DEFAULT 'free',
    "max_running" INTEGER NOT NULL DEFAULT 1,
    "max_queued" INTEGER NOT NULL DEFAULT 10000,
    "running" INTEGER NOT NULL DEFAULT 0,
    "held_back_at" TIMESTAMPTZ(6),
    "webhook_secret" TEXT NOT NULL,
    "retention_days" INTEGER NOT NULL DEFAULT 30,
    "disabled_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agents" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "definition" JSONB NOT NULL,
    "pool" TEXT NOT NULL DEFAULT 'default',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(6),

    CONSTRAINT "agents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pools" (
    "name" TEXT NOT NULL,
    "paused_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pools_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "active_mission_id" TEXT,
    "plan" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "missions" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "session_id" TEXT,
    "agent_id" TEXT,
    "parent_mission_id" TEXT,
    "retry_of" TEXT,
    "forked_from" TEXT,
    "spec" JSONB NOT NULL,
    "spec_version" INTEGER NOT NULL,
    "pool" TEXT NOT NULL DEFAULT 'default',
    "priority" SMALLINT NOT NULL,
    "tags" TEXT[],
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "dedupe_key" TEXT,
    "endpoint_id" TEXT,
    "status" "mission_status" NOT NULL DEFAULT 'queued',
    "status_code" TEXT,
    "status_message" TEXT,
    "status_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "worker_id" TEXT,
    "tries" SMALLINT NOT NULL DEFAULT 0,
    "worker_deaths" SMALLINT NOT NULL DEFAULT 0,
    "step_count" INTEGER NOT NULL DEFAULT 0,
    "chain_stage" SMALLINT NOT NULL DEFAULT 0,
    "event_sequence" INTEGER NOT NULL DEFAULT 0,
    "rings" INTEGER NOT NULL DEFAULT 0,
    "rung_at" TIMESTAMPTZ(6),
    "run_after" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "paused_at" TIMESTAMPTZ(6),
    "cancel_requested_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "deadline_at" TIMESTAMPTZ(6),
    "waiting_for" JSONB,
    "pending_answers" INTEGER NOT NULL DEFAULT 0,
    "output" TEXT,
    "input_tokens" BIGINT NOT NULL DEFAULT 0,
    "output_tokens" BIGINT NOT NULL DEFAULT 0,
    "cached_input_tokens" BIGINT NOT NULL DEFAULT 0,
    "cost_micro_usd" BIGINT NOT NULL DEFAULT 0,
    "cost_unknown" BOOLEAN NOT NULL DEFAULT false,
    "budget_micro_usd" BIGINT,
    "budget_tokens" BIGINT,
    "reserved_micro_usd" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "missions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "steps" (
    "mission_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "chain_stage" SMALLINT NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL,
    "tries" SMALLINT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "stop_reason" TEXT NOT NULL,
    "message" JSONB NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "cached_input_tokens" INTEGER NOT NULL,
    "cost_micro_usd" BIGINT,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "responded_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(6),
    "pending_tool_calls" SMALLINT NOT NULL,

    CONSTRAINT "steps_pkey" PRIMARY KEY ("mission_id","number")
);

-- CreateTable
CREATE TABLE "tool_calls" (
    "mission_id" TEXT NOT NULL,
    "step_number" INTEGER NOT NULL,
    "index" SMALLINT NOT NULL,
    "call_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "status" "tool_call_status" NOT NULL DEFAULT 'pending',
    "attempt" INTEGER,
    "result" TEXT,
    "is_error" BOOLEAN NOT NULL DEFAULT false,
    "truncated" BOOLEAN NOT NULL DEFAULT false,
    "full_output" TEXT,
    "started_at" TIMESTAMPTZ(6),
    "completed_at" TIMESTAMPTZ(6),

    CONSTRAINT "tool_calls_pkey" PRIMARY KEY ("mission_id","step_number","index")
);

-- CreateTable
CREATE TABLE "mission_events" (
    "mission_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "account_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mission_events_pkey" PRIMARY KEY ("mission_id","sequence")
);

-- CreateTable
CREATE TABLE "workers" (
    "id" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "pools" TEXT[],
    "slots" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heartbeat_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_expires_at" TIMESTAMPTZ(6) NOT NULL,
    "draining_at" TIMESTAMPTZ(6),
    "stopped_at" TIMESTAMPTZ(6),

    CONSTRAINT "workers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "answers" (
    "id" TEXT NOT NULL,
    "mission_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "kind" "answer_kind" NOT NULL,
    "step_number" INTEGER,
    "call_index" SMALLINT,
    "request" JSONB NOT NULL,
    "arguments_hash" TEXT,
    "answer" JSONB,
    "answered_by" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6),
    "answered_at" TIMESTAMPTZ(6),

    CONSTRAINT "answers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_endpoints" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "secret" TEXT,
    "previous_secret" TEXT,
    "previous_secret_expires_at" TIMESTAMPTZ(6),
    "secret_hash" TEXT NOT NULL DEFAULT '',
    "event_types" TEXT[],
    "for_missions" BOOLEAN NOT NULL DEFAULT false,
    "failing_since" TIMESTAMPTZ(6),
    "disabled_at" TIMESTAMPTZ(6),
    "disabled_reason" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "mission_id" TEXT NOT NULL,
    "event_sequence" INTEGER NOT NULL,
    "event_type" TEXT NOT NULL,
    "status" "delivery_status" NOT NULL DEFAULT 'pending',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "rings" INTEGER NOT NULL DEFAULT 0,
    "rung_at" TIMESTAMPTZ(6),
    "next_attempt_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "duration_ms" INTEGER NOT NULL,
    "response_status" INTEGER,
    "response_body" TEXT,
    "error" TEXT,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "idempotency_records" (
    "account_id" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "mission_id" TEXT,
    "status" INTEGER,
    "response" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "idempotency_records_pkey" PRIMARY KEY ("account_id","route","key")
);

-- CreateTable
CREATE TABLE "usage_records" (
    "mission_id" TEXT NOT NULL,
    "step_number" INTEGER NOT NULL,
    "call" SMALLINT NOT NULL,
    "account_id" TEXT NOT NULL,
    "session_id" TEXT,
    "agent_id" TEXT,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "cached_input_tokens" INTEGER NOT NULL,
    "cost_micro_usd" BIGINT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "usage_records_pkey" PRIMARY KEY ("mission_id","step_number","call")
);

-- CreateTable
CREATE TABLE "usage_days" (
    "account_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "agent_id" TEXT NOT NULL DEFAULT '',
    "model" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "input_tokens" BIGINT NOT NULL,
    "output_tokens" BIGINT NOT NULL,
    "cached_input_tokens" BIGINT NOT NULL,
    "cost_micro_usd" BIGINT NOT NULL,
    "unpriced_calls" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "usage_days_pkey" PRIMARY KEY ("account_id","day","agent_id","model")
);

-- CreateTable
CREATE TABLE "turns" (
    "name" TEXT NOT NULL,
    "next_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "turns_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_name_key" ON "accounts"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_prefix_key" ON "api_keys"("prefix");

-- CreateIndex
CREATE INDEX "api_keys_account_id_idx" ON "api_keys"("account_id");

-- CreateIndex
CREATE UNIQUE INDEX "agents_account_id_name_version_key" ON "agents"("account_id", "name", "version");

-- CreateIndex
CREATE UNIQUE INDEX "deliveries_mission_id_event_sequence_endpoint_id_key" ON "deliveries"("mission_id", "event_sequence", "endpoint_id");

-- CreateIndex
CREATE INDEX "idempotency_records_expires_at_idx" ON "idempotency_records"("expires_at");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agents" ADD CONSTRAINT "agents_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "agents" ADD CONSTRAINT "agents_pool_fkey" FOREIGN KEY ("pool") REFERENCES "pools"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "missions" ADD CONSTRAINT "missions_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "missions" ADD CONSTRAINT "missions_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "missions" ADD CONSTRAINT "missions_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "missions" ADD CONSTRAINT "missions_pool_fkey" FOREIGN KEY ("pool") REFERENCES "pools"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "missions" ADD CONSTRAINT "missions_parent_mission_id_fkey" FOREIGN KEY ("parent_mission_id") REFERENCES "missions"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "answers" ADD CONSTRAINT "answers_mission_id_fkey" FOREIGN KEY ("mission_id") REFERENCES "missions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoints"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_records" ADD CONSTRAINT "idempotency_records_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- ---------------------------------------------------------------------------------------------------------------------
-- From here on by hand: what Prisma's schema language cannot say.

-- A mission's row is rewritten with every commit of every step. Room in its page lets those updates stay there (HOT),
-- without touching an index.
ALTER TABLE "missions" SET (fillfactor = 70);

-- What the status promises, held by the database too.
ALTER TABLE "missions"
  ADD CONSTRAINT "missions_running_has_worker" CHECK (("status" = 'running') = ("worker_id" IS NOT NULL)),
  ADD CONSTRAINT "missions_ended_has_time" CHECK (("status" IN ('completed', 'failed', 'cancelled')) = ("finished_at" IS NOT NULL)),
  ADD CONSTRAINT "missions_completed_has_output" CHECK (("status" = 'completed') = ("output" IS NOT NULL)),
  ADD CONSTRAINT "missions_failed_has_code" CHECK ("status" <> 'failed' OR "status_code" IS NOT NULL);

ALTER TABLE "accounts" ADD CONSTRAINT "accounts_running_not_negative" CHECK ("running" >= 0);

-- Ended is ended: the last wall behind the compare-and-set of every move.
CREATE FUNCTION "refuse_move_out_of_the_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'mission % has ended as % and cannot become %', OLD."id", OLD."status", NEW."status";
END;
$$;
CREATE TRIGGER "missions_ended_is_ended" BEFORE UPDATE OF "status" ON "missions" FOR EACH ROW
  WHEN (OLD."finished_at" IS NOT NULL AND NEW."status" IS DISTINCT FROM OLD."status")
  EXECUTE FUNCTION "refuse_move_out_of_the_end"();

-- A claim, a commit and a finish find their mission by its primary key; they need no index of their own.

-- Sweep: what is due in a pool, priority first, then the longest due. Only missions that could be claimed are in it.
CREATE INDEX "missions_due" ON "missions" ("pool", "priority", "run_after") WHERE "status" = 'queued' AND "paused_at" IS NULL;
-- A freed slot: the next of the account's missions that were turned away at its limit.
CREATE INDEX "missions_held_back" ON "missions" ("account_id", "priority", "run_after") WHERE "status" = 'queued' AND "status_code" = 'account_limit' AND "paused_at" IS NULL;
-- A session's next mission, in order of acceptance: ids sort by time.
CREATE INDEX "missions_of_session_queued" ON "missions" ("session_id", "id") WHERE "status" = 'queued' AND "session_id" IS NOT NULL;
-- Sweep: the missions of a worker whose lease has expired. Heartbeat: those of a living worker.
CREATE INDEX "missions_of_worker" ON "missions" ("worker_id") WHERE "status" = 'running';
-- Heartbeat: which of a worker's missions are to stop. Nearly always empty, so the question costs nothing.
CREATE INDEX "missions_to_stop" ON "missions" ("worker_id") WHERE "status" = 'running' AND ("cancel_requested_at" IS NOT NULL OR "paused_at" IS NOT NULL);
-- Sweep: what was not started in time, and what ran too long.
CREATE INDEX "missions_expiring" ON "missions" ("expires_at") WHERE "status" IN ('queued', 'waiting') AND "expires_at" IS NOT NULL;
CREATE INDEX "missions_deadline" ON "missions" ("deadline_at") WHERE "status" = 'running' AND "deadline_at" IS NOT NULL;
-- Retention: what ended longest ago.
CREATE INDEX "missions_ended" ON "missions" ("account_id", "finished_at") WHERE "finished_at" IS NOT NULL;
-- List: an account's missions, newest first; ids sort by time, so the id is the cursor.
CREATE INDEX "missions_of_account" ON "missions" ("account_id", "id");
-- List: an account's dead letters.
CREATE INDEX "missions_failed_of_account" ON "missions" ("account_id", "id") WHERE "status" = 'failed';
-- A parent's children; a session's, an agent's missions.
CREATE INDEX "missions_of_parent" ON "missions" ("parent_mission_id") WHERE "parent_mission_id" IS NOT NULL;
CREATE INDEX "missions_of_session" ON "missions" ("session_id", "id") WHERE "session_id" IS NOT NULL;
CREATE INDEX "missions_of_agent" ON "missions" ("agent_id", "id") WHERE "agent_id" IS NOT NULL;
-- At most one unfinished mission for a dedupe key.
CREATE UNIQUE INDEX "missions_dedupe" ON "missions" ("account_id", "dedupe_key") WHERE "dedupe_key" IS NOT NULL AND "finished_at" IS NULL;

-- Sweep: leases that have run out. A stopped worker's row is history and not looked at again.
CREATE INDEX "workers_alive" ON "workers" ("lease_expires_at") WHERE "stopped_at" IS NULL;

-- Sweep: deliveries that are due, and those whose worker died with them in hand (a claim moves the time on).
CREATE INDEX "deliveries_due" ON "deliveries" ("next_attempt_at") WHERE "status" = 'pending';
-- An endpoint's backlog; an account's deliveries, newest first.
CREATE INDEX "deliveries_of_endpoint_pending" ON "deliveries" ("endpoint_id") WHERE "status" = 'pending';
CREATE INDEX "deliveries_of_account" ON "deliveries" ("account_id", "id");

-- The endpoint that a mission's webhook names: the same URL and secret find their row again.
CREATE UNIQUE INDEX "webhook_endpoints_for_missions" ON "webhook_endpoints" ("account_id", "url", "secret_hash") WHERE "for_missions";
-- The endpoints subscribed to an account's events, asked for by every statement that appends one.
CREATE INDEX "webhook_endpoints_subscribed" ON "webhook_endpoints" ("account_id") WHERE NOT "for_missions" AND "disabled_at" IS NULL;

-- What a waiting mission still waits for; an account's inbox; what nobody answered in time.
CREATE INDEX "answers_open_of_mission" ON "answers" ("mission_id") WHERE "answered_at" IS NULL;
CREATE INDEX "answers_open_of_account" ON "answers" ("account_id", "id") WHERE "answered_at" IS NULL;
CREATE INDEX "answers_expiring" ON "answers" ("expires_at") WHERE "answered_at" IS NULL AND "expires_at" IS NOT NULL;

-- Roll-up and bill: an account's usage over time.
CREATE INDEX "usage_records_of_account" ON "usage_records" ("account_id", "created_at");

INSERT INTO "pools" ("name") VALUES ('default');
INSERT INTO "turns" ("name") VALUES ('sweep');

-- An id as core/ids.ts makes them (prefix and UUIDv7), for rows that a statement creates by itself: how many deliveries
-- an event is owed is known only inside the statement. Postgres' own uuidv7() would need version 18.
CREATE FUNCTION "new_id"("prefix" text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT "prefix" || '_' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || substr(r, 14, 3) || '8' || substr(r, 18, 15)
  FROM replace(gen_random_uuid()::text, '-', '') AS r
$$;
